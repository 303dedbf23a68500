"""sysctl.d(5) as systemd-sysctl reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

_WILD = frozenset("*?[")
_NUMBER = re.compile(
    r"(0[0-7]{0,20}|0[xX][0-9a-fA-F]{1,16}|[1-9][0-9]{0,18})(?: [^0-9-].*)?", re.ASCII
)


@dataclass(frozen=True)
class Assignment:
    """A line `key = value`; the key with dots, and dots of an interface's name as slashes."""

    key: str
    value: str
    file: str


def assignments(text: str, file: str) -> tuple[list[Assignment], set[str]]:
    """The assignments of one file in order, and the keys it excludes from globs (`-key`)."""
    found: list[Assignment] = []
    excluded: set[str] = set()
    for line in map(str.strip, text.splitlines()):
        if not line or line[0] in "#;":
            continue
        key, equals, value = line.partition("=")
        name = normal_key(key.strip().removeprefix("-"))
        if equals and name:
            found.append(Assignment(name, normal_value(value), file))
        elif line.startswith("-") and name:
            excluded.add(name)
    return found, excluded


def normal_key(key: str) -> str:
    """`net/ipv4/conf/eth0.1/x` and `net.ipv4.conf.eth0/1.x` are one key: the second form."""
    separators = [char for char in key if char in "./"]
    if separators and separators[0] == "/":
        key = key.translate(str.maketrans("./", "/."))
    return key.strip(".")


def normal_value(value: str) -> str:
    """Blanks between numbers are tabs in the kernel's answer and spaces in files."""
    return value if value.isalnum() else " ".join(value.split())


def kernel_value(value: str) -> str:
    """A number in the form in which the kernel shows it: it takes `0x1` and `01` too, and passes
    over what follows a blank, such as a comment (proc_get_long() of kernel/sysctl.c)."""
    match = None if value.isdecimal() and value[0] != "0" else _NUMBER.fullmatch(value)
    if match is None:
        return value
    number = match[1]
    return str(int(number, 8 if number[0] == "0" and number.isdecimal() else 0))


def effective(
    lines: Iterable[Assignment], excluded: set[str], known: Iterable[str]
) -> Mapping[str, Assignment]:
    """The last assignment of each key; globs reach the known keys that no line names itself."""
    every = list(lines)
    exact = {one.key: one for one in every if not _WILD & set(one.key)}
    named = exact.keys() | excluded
    result: dict[str, Assignment] = {}
    globs = [(one, one.key.rpartition(".")[2]) for one in every if one.key not in exact]
    # A host with many interfaces has thousands of keys, and few end like a glob.
    ends = tuple("" if _WILD & set(end) else end for _one, end in globs)
    by_end: dict[str, list[str]] = {}
    for key in set(known) - named if globs else ():
        if key.endswith(ends):
            by_end.setdefault(key.rpartition(".")[2], []).append(key)
    for one, end in globs:
        near = [end] if not _WILD & set(end) else list(by_end)
        for key in (key for name in near for key in by_end.get(name, ())):
            if matches(one.key, key):
                result[key] = one
    return {**result, **exact}


def matches(glob: str, key: str) -> bool:
    """glob(7) over the parts of a key: a `*` does not cross a dot."""
    wanted, parts = glob.split("."), key.split(".")
    return len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))
