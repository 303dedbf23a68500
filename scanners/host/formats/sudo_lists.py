"""Lists of sudoers(5): members, aliases, and commands with what they inherit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_TAGS = frozenset(
    f"{no}{tag}"
    for tag in (
        "EXEC", "FOLLOW", "INTERCEPT", "LOG_INPUT", "LOG_OUTPUT", "MAIL", "PASSWD", "SETENV",
    )
    for no in ("", "NO")
)  # fmt: skip
_TAG_COLON = re.compile(rf"\b({'|'.join(sorted(_TAGS))}|sha(?:224|256|384|512))\s*:")
_MARK = "\x01"
"""Stands for the colon of a tag or digest, so that other colons can be told from it."""
_BESIDE = re.compile(
    r"(?:(?:ROLE|TYPE|PRIVS|LIMITPRIVS|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT|APPARMOR_PROFILE)"
    r"\s*=\s*(?:\"[^\"]*\"|\S+)"
    rf"|sha\d+{_MARK}\s*\S+)\s*"
)
"""Options and digests, which say nothing about who may do what."""
_EXPANDED = 2_000
"""Members of one list after aliases were replaced; more than that is left as it stands."""

_NESTED = 100


def without_tag_colons(text: str) -> str:
    """The text with the colon of each tag replaced, for `cut` and `Token.of`."""
    return _TAG_COLON.sub(rf"\1{_MARK}", text.replace(_MARK, ""))


def cut(text: str, separator: str, times: int = -1) -> list[str]:
    """The parts between separators that are not escaped, quoted or in parentheses."""
    parts, start, place, depth, quoted = [], 0, 0, 0, False
    while place < len(text) and times != 0:
        char = text[place]
        if char == "\\":
            place += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif not quoted and depth <= 0 and char == separator:
            parts.append(text[start:place])
            start, times = place + 1, times - 1
        place += 1
    return [*parts, text[start:]]


@dataclass(frozen=True)
class Token:
    """One element of a list of commands as it is written."""

    command: str
    runas: str | None
    """What stands in parentheses; None without them."""
    tags: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Token:
        """From `(runas) CWD=/x NOPASSWD: SETENV: /bin/ls -l`, tags marked."""
        rest = text.strip()
        runas = re.match(r"\(([^)]*)\)\s*", rest)
        rest = rest[runas.end() :] if runas else rest
        tags: list[str] = []
        while True:
            beside = _BESIDE.match(rest)
            tag = re.match(rf"([A-Z_]+)\s*{_MARK}\s*", rest)
            if beside:
                rest = rest[beside.end() :]
            elif tag:
                tags.append(tag[1])
                rest = rest[tag.end() :]
            else:
                return cls(" ".join(rest.split()), runas[1].strip() if runas else None, tuple(tags))


@dataclass(frozen=True)
class Item:
    """A command with what holds for it."""

    command: str
    """Without `!`."""
    negated: bool
    runas: str | None
    """What stands in parentheses here or before it in the list; None: sudo's runas_default."""
    tags: frozenset[str]
    """Of two tags that contradict each other the later one."""


def items(tokens: Iterable[Token]) -> Iterator[Item]:
    """The commands of a list; runas and tags are handed on to those that follow."""
    runas: str | None = None
    tags: frozenset[str] = frozenset()
    for token in tokens:
        runas = runas if token.runas is None else token.runas
        for tag in token.tags:
            opposite = tag[2:] if tag.startswith("NO") else f"NO{tag}"
            tags = tags - {opposite} | {tag}
        bare = token.command.lstrip("! ")
        negations = token.command[: len(token.command) - len(bare)].count("!")
        if bare:
            yield Item(bare, negations % 2 == 1, runas, tags)


@dataclass
class Aliases:
    """The aliases of each kind, by name."""

    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, kind: str, text: str) -> None:
        """`NAME = a, b : OTHER = c`; the first definition of a name counts."""
        name = None
        for part in cut(text, ":"):
            match = re.match(r"\s*([A-Z][A-Z0-9_]*)\s*=(.*)", part, re.DOTALL)
            if match:
                name = ("Cmnd" if kind == "Cmd" else kind, match[1])
                self.known.setdefault(name, [one.strip() for one in cut(match[2], ",")])
            elif name:
                self.known[name][-1] += f":{part}"

    def members(self, kind: str, names: Iterable[str]) -> list[str]:
        """A list with its aliases replaced, `!` kept before what is taken out."""
        found: list[str] = []
        self._expand(kind, names, False, frozenset(), found)
        return found

    def commands(self, given: Iterable[Item]) -> Iterator[Item]:
        """Commands with aliases replaced, each with the runas and tags of the alias."""
        for item in given:
            runas = None if item.runas is None else self._runas(item.runas)
            for one in self.members("Cmnd", [item.command]):
                negated = item.negated != one.startswith("!")
                yield Item(one.lstrip("!"), negated, runas, item.tags)

    def _runas(self, text: str) -> str:
        users, colon, groups = text.partition(":")
        return ", ".join(self.members("Runas", users.split(","))) + colon + groups

    def _expand(
        self, kind: str, names: Iterable[str], negated: bool, seen: frozenset[str], found: list[str]
    ) -> None:
        for name in names:
            bare = name.strip().lstrip("! ")
            turned = negated != (name.strip()[: len(name.strip()) - len(bare)].count("!") % 2 == 1)
            inner = self.known.get((kind, bare))
            fits = len(found) < _EXPANDED and len(seen) < _NESTED
            if inner is not None and bare not in seen and fits:
                self._expand(kind, inner, turned, seen | {bare}, found)
            elif bare:
                found.append(f"{'!' if turned else ''}{bare}")
