"""chrony.conf(5): the sources and the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

DEFAULT_USER = "_chrony"
"""Compiled into Debian's chronyd."""
_DEPTH = 8
_SOURCES = frozenset({"server", "pool", "peer"})


@dataclass(frozen=True)
class Config:
    """Host names or addresses in the order of the files, without duplicates."""

    sources: tuple[str, ...]
    user: str
    pools: tuple[str, ...] = ()
    """Those of them that `pool` names."""


def read(text: str, glob: Callable[[str], Iterable[str]]) -> Config:
    """Read a configuration; `glob` gives the texts of the files that a pattern names."""
    sources: dict[str, None] = {}
    users: list[str] = []
    pools: dict[str, None] = {}
    _read(text, glob, (sources, pools), users, 0)
    return Config(tuple(sources), users[-1] if users else DEFAULT_USER, tuple(pools))


def _read(
    text: str,
    glob: Callable[[str], Iterable[str]],
    found: tuple[dict[str, None], dict[str, None]],
    users: list[str],
    depth: int,
) -> None:
    if depth > _DEPTH:
        return
    for line in text.splitlines():
        words = line.split()
        if not words or words[0][0] in "#%;!":
            continue
        keyword = words[0].lower()
        if keyword == "user":  # without a name chronyd refuses to start
            users.append(words[1] if len(words) > 1 else "")
        if len(words) < 2:
            continue
        if keyword in _SOURCES:
            found[0][words[1]] = None
            if keyword == "pool":
                found[1][words[1]] = None
        for pattern in _included(keyword, words[1:]):
            for other in glob(pattern):
                _read(other, glob, found, users, depth + 1)


def _included(keyword: str, words: list[str]) -> list[str]:
    if keyword == "include":
        return words[:1]
    suffix = {"confdir": "*.conf", "sourcedir": "*.sources"}.get(keyword)
    return [f"{word.rstrip('/')}/{suffix}" for word in words] if suffix else []


def seconds(text: str) -> float | None:
    """A decimal number of seconds, or None."""
    try:
        return float(text)
    except ValueError:
        return None
