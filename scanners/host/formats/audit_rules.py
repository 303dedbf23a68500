"""auditctl(8) options, as they stand in rule files and as `auditctl -l` prints them.

A line is split at blanks alone: tabs and quotes mean nothing to auditctl, and a line that it cannot
read stops the loading of all that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.host.formats.audit_fields import (
    Field,
    Refused,
    compared,
    field_of,
    path_field,
    permissions_field,
)
from scanners.host.formats.syscalls import exists, is_new, named

_LAST = 2047
"""The last number that the kernel's mask of calls has room for."""
_LISTS = frozenset({"task", "exit", "user", "exclude", "filesystem", "io_uring"})
_ACTIONS = frozenset({"always", "never"})
_ALONE = frozenset("hicslDvt")
_LONG = {
    "loginuid-immutable": False, "backlog_wait_time": True, "reset-lost": False,
    "reset_backlog_wait_time_actual": False, "signal": True,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """What `-a`, `-A` or `-w` adds; two equal rules are the same rule to the kernel."""

    list: str
    action: str
    syscalls: frozenset[str] | None
    """By name; a number that no name is known for stays as it is. None for all."""
    fields: tuple[Field, ...]
    """A watch of `-w` has the field `watch`, which is a path or a directory, and `perm`."""
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """What one line asks for; exactly one of the first four, or nothing that matters here."""

    add: Rule | None = None
    delete: Rule | None = None
    clear: bool = False
    """`-D`: every rule, or those with `key`."""
    enabled: int | None = None
    """`-e`: 0 off, 1 on, 2 on and locked until the next boot."""
    first: bool = False
    """`-A`: the rule goes before all others."""
    forgiving: bool = False
    """`-c` or `-i`: lines that fail no longer stop the loading."""
    key: str = ""
    error: str = ""
    """Why auditctl refuses the line, in its own words."""


def read(line: str, machine: str, *, old: bool = False) -> Line | None:
    """One line of rules on a machine (`uname -m`); None for blanks and comments.

    `old`: auditctl is of a version before 4, which knows fewer system calls by name.
    """
    words = [word for word in line.split(" ") if word]
    if not words or words[0].startswith("#"):
        return None
    if any(word in ("exit,possible", "possible,exit") for word in words):
        return Line()  # deprecated, and skipped without an error
    try:
        return _Builder(machine, old).line(words)
    except Refused as error:
        return Line(error=str(error))


class _Builder:
    """Options of one line, in their order."""

    def __init__(self, machine: str, old: bool) -> None:
        self._machine, self._old = machine, old
        self._list = self._action = ""
        self._kind = ""
        self._syscalls: set[str] | None = None
        self._all = False
        self._fields: list[Field] = []
        self._keys: list[str] = []
        self._arch = ""

    def line(self, words: list[str]) -> Line:
        held = Line()
        for option, value in _options(words):
            if option in ("c", "i"):
                held = Line(forgiving=True)
            elif option == "D":
                held = Line(clear=True)
            elif option == "e":
                if value not in ("0", "1", "2"):
                    raise Refused(f"Enable must be 0, 1, or 2 was {value}")
                held = Line(enabled=int(value))
            else:
                self._take(option, value)
        if held.clear:
            return Line(clear=True, key=",".join(self._keys))
        if not self._kind:
            return held
        rule = self._rule()
        if self._kind in ("d", "W"):
            return Line(delete=rule)
        return Line(add=rule, first=self._kind == "A")

    def _take(self, option: str, value: str) -> None:
        if option in ("a", "A", "d"):
            self._open(option, *_list_and_action(value))
        elif option in ("w", "W"):
            self._open(option, "exit", "always")
            self._fields.append(path_field("watch", "=", value))
            self._all = True
        elif option == "S":
            self._name(value)
        elif option == "F":
            self._filter(value)
        elif option == "C":
            self._compare(value)
        elif option == "p":
            if not self._kind:
                raise Refused("permission option needs a watch given prior to it")
            self._fields.append(permissions_field("=", value))
        elif option == "k":
            if self._kind and not self._about_something():
                raise Refused("key option needs a watch or syscall given prior to it")
            self._keys.append(value)
        elif option == "R":
            raise Refused("Error - nested rule files not supported")

    def _about_something(self) -> bool:
        told = any(one.name in ("perm", "exe", "fstype") for one in self._fields)
        return told or self._all or self._syscalls is not None

    def _open(self, kind: str, list_: str, action: str) -> None:
        if self._kind:
            raise Refused("Multiple rule insert/delete operations are not allowed")
        self._kind, self._list, self._action = kind, list_, action

    def _name(self, value: str) -> None:
        if self._list in ("task", "user", "exclude", "filesystem"):
            raise Refused(f"Error: syscall auditing being added to {self._list} list")
        if value == "all":
            self._all = True
            return
        self._syscalls = self._syscalls or set()
        for word in value.split(","):
            number = _number(word)
            name = word if number is None else named(str(number), self._machine, self._arch)
            known = number is not None or exists(name, self._machine, self._arch) is not False
            if not word or not known or (self._old and is_new(word)) or (number or 0) > _LAST:
                raise Refused(f"Syscall name unknown: {word}")
            self._syscalls.add(name)

    def _filter(self, value: str) -> None:
        if not self._kind:
            raise Refused("List must be given before field")
        field = field_of(value)
        if field.name == "key":
            self._keys.append(field.value)
            return
        if field.name == "arch":
            if self._syscalls is not None or self._all:
                raise Refused(f"arch field must be before syscall: {value}")
            if field.op == "=":
                self._arch = field.value
        self._fields.append(field)

    def _compare(self, value: str) -> None:
        self._fields.append(compared(value))

    def _rule(self) -> Rule:
        names = frozenset(self._syscalls) if self._syscalls and not self._all else None
        return Rule(self._list, self._action, names, tuple(self._fields), tuple(self._keys))


def _number(word: str) -> int | None:
    """What strtol(3) makes of a word that begins with a digit: hexadecimal, octal or decimal."""
    found = re.match(r"(0[xX][0-9a-fA-F]+)|(0[0-7]*)|[1-9][0-9]*", word, re.ASCII)
    if not found:
        return None
    return int(found[0][:20], 16 if found[1] else 8 if found[2] else 10)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """getopt(3)'s view: letters with their values, clustered or apart; long options."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            long = [one for one in _LONG if one.startswith(name)]
            if name not in _LONG and len(long) != 1:
                raise Refused(f"Option {word} is invalid")
            if _LONG.get(name, _LONG[long[0]]) and not equals:
                _next(rest, word)
            yield "", value
            continue
        if not word.startswith("-") or len(word) < 2:
            raise Refused("parameter passed without an option given")
        while word := word[1:]:
            letter = word[0]
            if letter in _ALONE:
                yield letter, ""
                continue
            if letter not in "CefrbaAdSFmRwWkpq":
                raise Refused(f"Option -{letter} is invalid")
            yield letter, word[1:] or _next(rest, f"-{letter}")
            break


def _next(rest: Iterator[str], option: str) -> str:
    value = next(rest, None)
    if value is None:
        raise Refused(f"Option {option} is invalid")
    return value


def _list_and_action(value: str) -> tuple[str, str]:
    parts = value.split(",")
    if len(parts) == 2:
        for list_, action in (parts, parts[::-1]):
            if list_.lower() in _LISTS and action in _ACTIONS:
                return list_.lower(), action
    raise Refused(f"Append rule - bad keyword {value}")
