"""Files of pam.d(5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanners.host.reading import logical_lines

TYPES = ("auth", "account", "password", "session")
_DEPTH = 16
"""libpam's own limit is 16 levels of substacks."""
_LINES = 4096


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
    _append(name, None, read, (), found)
    return found


def _append(
    name: str,
    only: str | None,
    read: Callable[[str], list[Entry] | None],
    above: tuple[str, ...],
    found: list[Entry],
) -> None:
    if name in above or len(above) >= _DEPTH:
        return
    for entry in read(name) or ():
        if len(found) >= _LINES:
            return
        if entry.control == "@include":
            _append(entry.module, only, read, (*above, name), found)
        elif only is not None and entry.type != only:
            continue
        elif entry.control in {"include", "substack"}:
            _append(entry.module, entry.type, read, (*above, name), found)
        else:
            found.append(entry)


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
