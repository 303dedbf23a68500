"""sudoers(5): includes, aliases, Defaults, user specifications."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from scanners.host.formats.sudo_lists import Aliases, Item, Token, cut, items, without_tag_colons
from scanners.host.reading import logical_lines

_DEPTH = 128
"""sudo's own limit of nested includes."""
_RULES = 10_000
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)", re.DOTALL)
_SCOPES = {":": "user", "@": "host", ">": "runas", "!": "command"}
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|(?<!\\)(?<![\w:,])#(?!include(?:dir)?\s)(?!-?[0-9]).*')
"""A comment, or a text in quotes, in which there is none."""
_NAME = r'(?:\\.|"[^"]*"|[^\s,"\\])+'
_DEFAULTS = re.compile(rf"Defaults(?:([:@>!])\s*({_NAME}(?:\s*,\s*{_NAME})*))?\s+(.*)", re.DOTALL)
_WHO = re.compile(rf"({_NAME}(?:\s*,\s*{_NAME})*)\s+(.*)", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """A user specification, the runas part and the tags taken out of the commands."""

    who: str
    hosts: str
    runas: str
    """What the first parentheses hold; None of them is the same as an empty text."""
    tags: frozenset[str]
    """Every tag of the line; what holds for one command stands in `grants`."""
    commands: str
    file: str
    line: int
    users: tuple[str, ...] = ()
    """`who` with aliases replaced by their members; `!` before those who are left out."""
    grants: tuple[Item, ...] = ()
    """The commands one by one, each with its own runas and tags; aliases replaced."""


@dataclass
class Reading:
    """What the files say; scoped defaults (`Defaults:bob`) apart from those for everybody."""

    defaults: dict[str, str] = field(default_factory=dict)
    scoped: dict[str, dict[str, str]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    aliases: Aliases = field(default_factory=Aliases)


Files = Callable[[str, bool], list[tuple[str, str | None]]]
"""Path, and whether it is a directory → paths and texts, in order; None if it cannot be read."""


def read(path: str, files: Files) -> Reading:
    """Read sudoers with its includes."""
    reading = Reading()
    for name, text in files(path, False):
        _file(name, text, files, reading, 0)
    reading.rules = [_resolved(rule, reading.aliases) for rule in reading.rules]
    return reading


def _resolved(rule: Rule, aliases: Aliases) -> Rule:
    users = tuple(aliases.members("User", cut(rule.who, ",")))
    return replace(rule, users=users, grants=tuple(aliases.commands(rule.grants)))


def _file(name: str, text: str | None, files: Files, reading: Reading, depth: int) -> None:
    if text is None or depth > _DEPTH:
        reading.unread.append(name)
        return
    for number, line in _lines(text):
        include = re.match(r"[@#]include(dir)?\s+(?:\"([^\"]+)\"|(\S+))", line)
        alias = _ALIAS.match(line)
        if include:
            target = include[2] or include[3]
            target = target if target.startswith("/") else f"/etc/{target}"
            if "%h" in target:  # the name depends on the host's own
                reading.unread.append(target)
                continue
            for other, content in files(target, bool(include[1])):
                _file(other, content, files, reading, depth + 1)
        elif line.startswith("Defaults"):
            _defaults(line, reading)
        elif alias:
            reading.aliases.add(alias[1], alias[2])
        elif len(reading.rules) < _RULES:
            reading.rules.extend(_rules(line, name, number))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments; `#include`, `#1000` (a uid) are no comments.

    A comment ends with its line, even if a backslash stands there.
    """
    plain = "\n".join(_COMMENT.sub(r"\1", line) for line in text.split("\n"))
    for number, line in logical_lines(plain, comments=""):
        yield number, line.strip()


def _defaults(line: str, reading: Reading) -> None:
    match = _DEFAULTS.match(line)
    if not match:
        return
    values = reading.defaults
    if match[1]:
        values = reading.scoped.setdefault(f"{_SCOPES[match[1]]}:{match[2]}", {})
    for setting in re.findall(r'(?:"(?:\\.|[^"\\])*"|\\.|[^,"\\])+', match[3]):
        parts = re.match(r"\s*(!*)\s*(\w+)\s*(?:([+-]?=)\s*(.*?))?\s*$", setting, re.DOTALL)
        if parts:
            _assign(values, len(parts[1]) % 2 == 1, parts[2], parts[3], parts[4] or "")


def _assign(values: dict[str, str], negated: bool, name: str, sign: str | None, text: str) -> None:
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if sign is None:
        values[name] = "0" if negated else "1"
    elif sign == "=":
        values[name] = text
    else:
        held, words = values.get(name, "").split(), text.split()
        kept = [word for word in held if word not in words]
        values[name] = " ".join([*kept, *words] if sign == "+=" else kept)


def _rules(line: str, file: str, number: int) -> Iterator[Rule]:
    """`who hosts = (runas) TAG: commands [: hosts = …]`."""
    match = _WHO.match(line)
    if not match or "=" not in match[2]:
        return
    parts = _specifications(match[2])
    for part in parts:
        hosts, *rest = cut(part, "=", 1)
        if not rest:
            continue
        tokens = [Token.of(text) for text in cut(rest[0], ",")]
        runas = next((token.runas for token in tokens[:1] if token.runas is not None), "")
        yield Rule(
            match[1], hosts.strip(), runas,
            frozenset(tag for token in tokens for tag in token.tags),
            ", ".join(token.command for token in tokens if token.command), file, number,
            grants=tuple(items(tokens)),
        )  # fmt: skip


def _specifications(text: str) -> list[str]:
    """`hosts = commands` each; an address of IPv6 has colons too, but no `=`."""
    parts: list[list[str]] = []
    whole = True
    for part in cut(without_tag_colons(text), ":"):
        if whole:
            parts.append([])
        parts[-1].append(part)
        whole = len(cut(part, "=", 1)) > 1
    return [":".join(part) for part in parts]
