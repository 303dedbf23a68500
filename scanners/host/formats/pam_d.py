"""Files of pam.d(5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scanners.host.reading import logical_lines

TYPES = ("auth", "account", "password", "session")
_DEPTH = 16
"""libpam's own limit is 16 levels of substacks."""
_LINES = 1024
INCLUDES = frozenset({"@include", "include", "substack"})


@dataclass(frozen=True)
class Entry:
    """A line of one file, before includes are followed."""

    type: str
    """One of TYPES; empty for `@include`."""
    control: str
    module: str
    """As written; the file's name for `include`, `substack` and `@include`."""
    arguments: tuple[str, ...]
    optional: bool
    """A `-` before the type: no fault if the module is not there."""
    file: str
    line: int
    within: tuple[int, ...] = ()
    """The substacks around it, outermost first, each by a number of its own."""


def entries(text: str, file: str) -> Iterator[Entry]:
    """The lines of one file; those that libpam would refuse are left out."""
    for number, line in logical_lines(_uncommented(text)):
        at_include = re.fullmatch(r"@include\s+(\S+)", line)
        if at_include:
            yield Entry("", "@include", at_include[1], (), False, file, number)
            continue
        words = _words(line)
        unclosed = len(words) > 1 and words[1].startswith("[") and not words[1].endswith("]")
        if len(words) < 3 or unclosed:
            continue
        kind = words[0].lower()
        if kind.removeprefix("-") in TYPES:
            yield Entry(
                kind.removeprefix("-"), _control(words[1]), words[2], tuple(words[3:]),
                kind.startswith("-"), file, number,
            )  # fmt: skip


def flatten(name: str, read: Callable[[str], list[Entry] | None]) -> list[Entry]:
    """A service's lines in the order that libpam runs them; a missing include adds nothing."""
    found: list[Entry] = []
    _append(_Place(name), read, found)
    return found


@dataclass(frozen=True)
class _Place:
    """A file on the way from the service down."""

    name: str
    only: str | None = None
    above: tuple[str, ...] = ()
    within: tuple[int, ...] = ()

    def below(self, entry: Entry, number: int) -> _Place:
        only = self.only if entry.control == "@include" else entry.type
        within = (*self.within, number) if entry.control == "substack" else self.within
        return _Place(entry.module, only, (*self.above, self.name), within)


def _append(place: _Place, read: Callable[[str], list[Entry] | None], found: list[Entry]) -> None:
    if place.name in place.above or len(place.above) >= _DEPTH:
        return
    for entry in read(place.name) or ():
        if len(found) >= _LINES:
            return
        if entry.control != "@include" and place.only not in (None, entry.type):
            continue
        if entry.control in INCLUDES:
            _append(place.below(entry, len(found)), read, found)
        else:
            found.append(replace(entry, within=place.within) if place.within else entry)


def _uncommented(text: str) -> str:
    return re.sub(r"(?m)(?<!\\)#.*$", "", text)


def _words(line: str) -> list[str]:
    """Words at blanks; `[…]` is one word, in which `\\]` is a bracket."""
    words = []
    for match in re.finditer(r"\[((?:\\.|[^\]\\])*)\]|(\S+)", line):
        inner = match[1]
        if inner is None:
            words.append(match[2])
        elif len(words) == 1:
            words.append(f"[{inner}]")
        else:
            words.append(inner.replace("\\]", "]"))
    return words


def _control(word: str) -> str:
    return "[" + " ".join(word[1:-1].split()) + "]" if word.startswith("[") else word.lower()
