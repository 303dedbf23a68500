"""Text for people, in Vietnamese and English from one source.

English is written in the code and is the message id; `locale/vi/LC_MESSAGES/govctl.po` has the
Vietnamese. Text that is stored (verdicts, findings) is kept as a `Message`, id and values apart,
so that one stored run reads in either language.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = ("en", "vi")
_LOCALE = Path(__file__).parent / "locale"
_current: Language = "en"


@dataclass(frozen=True)
class Message:
    """A text with holes: `Message("{count} accounts", {"count": "3"})`."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    def render(self, language: Language | None = None) -> str:
        """The text in one language; a hole that has no value stays as it is written."""
        text = _translations(language or _current).gettext(self.template) if self.template else ""
        for name, value in self.values.items():
            text = text.replace("{" + name + "}", value)
        return text


def msg(template: str, **values: object) -> Message:
    """A message to keep; values become text at once."""
    return Message(template, {name: str(value) for name, value in values.items()})


def _(template: str, **values: object) -> str:
    """The text now, in the language of this run."""
    return msg(template, **values).render()


def use_language(language: Language) -> None:
    """Set the language of this run."""
    global _current  # noqa: PLW0603 - the language of a process is one thing, set once at its start
    _current = language


def current_language() -> Language:
    """The language of this run."""
    return _current


def language_of_locale(environment: Mapping[str, str] = os.environ) -> Language:
    """The language that the locale asks for: LC_ALL, LC_MESSAGES, LANG in that order (POSIX)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


@cache
def _translations(language: Language) -> gettext.NullTranslations:
    return gettext.translation("govctl", _LOCALE, [language], fallback=True)
