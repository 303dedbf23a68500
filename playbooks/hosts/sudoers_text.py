"""sudoers(5) as sudo reads it: its lines in their order, and Defaults without some settings."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable
from typing import Iterator, NamedTuple

from playbooks.hosts.others import hidden
from playbooks.hosts.texts import read

MAIN = "/etc/sudoers"
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|(?<!\\)(?<![\w:,])#(?!include(?:dir)?\s)(?!-?[0-9]).*')
"""A comment, or a text in quotes, in which there is none."""
_INCLUDE = re.compile(r"[@#]include(dir)?\s+(?:\"([^\"]+)\"|(\S+))")
_NAME = r'(?:\\.|"[^"]*"|[^\s,"\\])+'
_DEFAULTS = re.compile(rf"(Defaults(?:([:@>!])\s*{_NAME}(?:\s*,\s*{_NAME})*)?)\s+(.*)")
_SETTINGS = re.compile(r'(?:"(?:\\.|[^"\\])*"|\\.|[^,"\\])+')
_SETTING = re.compile(r"\s*(!*)\s*(\w+)\s*(?:([+-]?=)\s*(.*?))?\s*$")


class Line(NamedTuple):
    """A logical line: where it stands, by the numbers of its first line and of that behind it."""

    path: str
    first: int
    end: int
    text: str


class Setting(NamedTuple):
    """One of Defaults: `1` and `0` are flags, and `0` also what is negated."""

    option: str
    value: str
    scoped: bool
    """For some users, hosts or commands alone."""


def lines(ours: str, path: str = MAIN, inside: tuple[str, ...] = ()) -> Iterator[Line]:
    """Every line, those of what is included where that is; of `ours`, which counts as there, one
    that says nothing."""
    for line in _lines(path):
        yield line
        found = _INCLUDE.match(line.text)
        if found:
            for other in _included(
                os.path.join("/etc", found[2] or found[3]), bool(found[1]), ours
            ):
                if other == ours:
                    yield Line(ours, 0, 0, "")
                elif other not in inside and _is_read(other):
                    yield from lines(ours, other, (*inside, path))


def _lines(path: str) -> Iterator[Line]:
    held, first = "", 0
    for number, line in enumerate(read(path).split("\n")):
        plain = _COMMENT.sub(r"\1", line)
        first = first if held else number
        held += plain
        if held.endswith("\\"):
            held = f"{held[:-1]} "
            continue
        if held.strip():
            yield Line(path, first, number + 1, held.strip())
        held = ""


def _included(path: str, is_folder: bool, ours: str) -> list[str]:
    if not is_folder:
        return [path]
    folder, name = os.path.split(ours)
    names = {name} if os.path.normpath(path) == folder else set()
    with contextlib.suppress(OSError):
        names |= set(os.listdir(path))
    return [os.path.normpath(os.path.join(path, one)) for one in sorted(names)
            if "." not in one and one[-1] != "~"]  # fmt: skip


def _is_read(path: str) -> bool:
    """sudo passes over what others than root may change."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    writable = found.st_mode & 0o002 or (found.st_mode & 0o020 and found.st_gid != 0)
    return stat.S_ISREG(found.st_mode) and found.st_uid == 0 and not writable


def without(line: Line, text: str, is_wrong: Callable[[Setting], bool]) -> str:
    """The text of a line's file in which these settings of Defaults are only in a comment."""
    match = _DEFAULTS.match(line.text)
    if not match:
        return text
    every = [one.strip() for one in _SETTINGS.findall(match[3])]
    kept = [one for one in every if not is_wrong(_setting(one, bool(match[2])))]
    if len(kept) == len(every):
        return text
    found = text.split("\n")
    rest = [f"{match[1]} {', '.join(kept)}"] if kept else []
    found[line.first : line.end] = [*map(hidden, found[line.first : line.end]), *rest]
    return "\n".join(found)


def _setting(text: str, scoped: bool) -> Setting:
    match = _SETTING.match(text)
    if not match:
        return Setting("", "", scoped)
    value = match[4] or ""
    if match[3] is None:
        value = "0" if len(match[1]) % 2 else "1"
    elif len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return Setting(match[2], value, scoped)
