"""What `systemctl list-unit-files` and `systemctl list-units` print, of all units or of some."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from functools import lru_cache

UNIT_FILES = "systemctl list-unit-files --no-legend --no-pager --full"
RUNNING = "systemctl list-units --all --no-legend --plain --full --no-pager"
_EVERYWHERE = "basic.target"
"""A unit of every host: an answer without any would be none."""
STATES = frozenset(
    (
        *("enabled", "enabled-runtime", "linked", "linked-runtime", "alias", "masked"),
        *("masked-runtime", "static", "disabled", "indirect", "generated", "transient", "bad"),
    )
)
_ACTIVE = frozenset(
    (
        *("active", "reloading", "inactive", "failed", "activating", "deactivating"),
        *("maintenance", "refreshing"),
    )
)


def of_some(line: str, globs: Iterable[str]) -> str:
    """One of the two commands, for units that fit one of the globs, and for their templates."""
    names = {name for glob in globs for name in (glob, _template(glob))}
    return f"{line} -- {' '.join(map(shlex.quote, sorted({_EVERYWHERE, *names})))}"


@lru_cache(maxsize=16)  # hosts of one run were asked the same
def globs_of(line: str) -> tuple[str, ...]:
    """What a command asked for; nothing if it asked for all units."""
    _options, dashes, words = line.partition(" -- ")
    return tuple(shlex.split(words)) if dashes else ()


def enabled(text: str) -> dict[str, str]:
    """Unit file → its state."""
    lines = map(str.split, text.splitlines())
    return {words[0]: words[1] for words in lines if len(words) in (2, 3)}


def active(text: str) -> dict[str, tuple[str, str]]:
    """Loaded unit → how active it is, roughly and exactly."""
    lines = (line.lstrip("● ").split(None, 4) for line in text.splitlines())
    return {
        words[0]: (words[2], words[3]) for words in lines if len(words) >= 4 and words[2] in _ACTIVE
    }


def unlisted(name: str, states: Mapping[str, str]) -> str:
    """An instance has its template's state; anything else without a file was made on the way."""
    return states.get(_template(name), "transient")


def _template(name: str) -> str:
    return re.sub(r"@[^.]*\.", "@.", name)
