"""Text for people, in Vietnamese and English from one source.

English is written in the code and is the message id; `locale/vi/LC_MESSAGES/govctl.po` has the
Vietnamese. Text that is stored (verdicts, findings) is kept as a `Message`, id and values apart,
so that one stored run reads in either language.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import gettext

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = ("en", "vi")
_LOCALE = Path(__file__).parent / "locale"
_HOLE = re.compile(r"\{(\w+)\}")
_current: Language = "en"


@dataclass(frozen=True)
class Message:
    """A text with holes: `Message("{count} accounts", {"count": "3"})`."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    def render(self, language: Language | None = None) -> str:
        """The text in one language; a hole that has no value stays as it is written."""
        text = self._template_in(language or _current)
        if not self.values:
            return text
        # One pass, so that a hostile value which itself reads "{name}" is not filled in again.
        return _HOLE.sub(lambda hole: self.values.get(hole[1], hole[0]), text)

    def _template_in(self, language: Language) -> str:
        return _translated(self.template, language)


@dataclass(frozen=True)
class Bilingual(Message):
    """A text from data that has both languages itself, as a catalogue entry's `{vi: …, en: …}`."""

    vi: str = ""

    def _template_in(self, language: Language) -> str:
        return self.vi if language == "vi" else self.template


def msg(template: str, **values: object) -> Message:
    """A message to keep; values become text at once."""
    return Message(template, {name: str(value) for name, value in values.items()})


def _(template: str, **values: object) -> str:
    """The text now, in the language of this run."""
    return msg(template, **values).render()


def counted(count: int, one: Message, many: Message) -> str:
    """A text for one thing or for several, now; `many` also has the hole `{count}`."""
    if count == 1:
        return one.render()
    return Message(many.template, {**many.values, "count": str(count)}).render()


def use_language(language: Language) -> None:
    """Set the language of this run."""
    global _current  # noqa: PLW0603 - the language of a process is one thing, set once at its start
    _current = language


def current_language() -> Language:
    """The language of this run."""
    return _current


def language_of_locale(environment: Mapping[str, str] = os.environ) -> Language:
    """What GOVCTL_LANG asks for, else the locale: LC_ALL, LC_MESSAGES, LANG, in POSIX order."""
    for name in ("GOVCTL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def _translated(template: str, language: Language) -> str:
    if language == "en" or not template:  # the msgid of "" is the catalogue's header
        return template
    return _catalogue(language).gettext(template)


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    import gettext  # noqa: PLC0415 - only a run in Vietnamese pays for it

    return gettext.translation("govctl", _LOCALE, [language], fallback=True)
