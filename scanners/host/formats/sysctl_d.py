"""sysctl.d(5) as systemd-sysctl reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

_AROUND = re.compile(r"([^*?[]*)[*?[].*?([^*?\[\]]*)")
"""What stands before a glob's first wildcard and after its last."""


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
    return " ".join(value.split())


def effective(
    lines: Iterable[Assignment], excluded: set[str], known: Iterable[str]
) -> Mapping[str, Assignment]:
    """The last assignment of each key; globs reach the known keys that no line names itself."""
    every = list(lines)
    exact = {one.key: one for one in every if not _AROUND.fullmatch(one.key)}
    named = exact.keys() | excluded
    result: dict[str, Assignment] = {}
    unnamed = set(known) - named
    for one in every:
        around = _AROUND.fullmatch(one.key)
        if around is None:
            continue
        # A host with many interfaces has thousands of keys, and few begin and end like the glob.
        near = (key for key in unnamed if key.startswith(around[1]) and key.endswith(around[2]))
        for key in near:
            if matches(one.key, key):
                result[key] = one
    return {**result, **exact}


def matches(glob: str, key: str) -> bool:
    """glob(7) over the parts of a key: a `*` does not cross a dot."""
    wanted, parts = glob.split("."), key.split(".")
    return len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))
