"""sudoers(5): includes, Defaults, user specifications."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scanners.host.reading import logical_lines

_DEPTH = 128
"""sudo's own limit of nested includes."""
_RULES = 10_000
_TAGS = frozenset(
    [
        "EXEC",
        "NOEXEC",
        "FOLLOW",
        "NOFOLLOW",
        "LOG_INPUT",
        "NOLOG_INPUT",
        "LOG_OUTPUT",
        "NOLOG_OUTPUT",
        "MAIL",
        "NOMAIL",
        "INTERCEPT",
        "NOINTERCEPT",
        "PASSWD",
        "NOPASSWD",
        "SETENV",
        "NOSETENV",
    ]
)
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s")
_SCOPES = {":": "user", "@": "host", ">": "runas", "!": "command"}


@dataclass(frozen=True)
class Rule:
    """A user specification, the runas part and the tags taken out of the commands."""

    who: str
    hosts: str
    runas: str
    tags: frozenset[str]
    commands: str
    file: str
    line: int


@dataclass
class Reading:
    """What the files say; scoped defaults (`Defaults:bob`) apart from those for everybody."""

    defaults: dict[str, str] = field(default_factory=dict)
    scoped: dict[str, dict[str, str]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


Files = Callable[[str, bool], list[tuple[str, str | None]]]
"""Path, and whether it is a directory → paths and texts, in order; None if it cannot be read."""


def read(path: str, files: Files) -> Reading:
    """Read sudoers with its includes."""
    reading = Reading()
    for name, text in files(path, False):
        _file(name, text, files, reading, 0)
    return reading


def _file(name: str, text: str | None, files: Files, reading: Reading, depth: int) -> None:
    if text is None or depth > _DEPTH:
        reading.unread.append(name)
        return
    for number, line in _lines(text):
        include = re.match(r"[@#]include(dir)?\s+(?:\"([^\"]+)\"|(\S+))", line)
        if include:
            target = include[2] or include[3]
            target = target if target.startswith("/") else f"/etc/{target}"
            for other, content in files(target, bool(include[1])):
                _file(other, content, files, reading, depth + 1)
        elif line.startswith("Defaults"):
            _defaults(line, reading)
        elif not _ALIAS.match(line) and len(reading.rules) < _RULES:
            reading.rules.extend(_rules(line, name, number))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments; `#include`, `#1000` (a uid) are no comments."""
    for number, line in logical_lines(text, comments=""):
        plain = re.sub(r"(?<!\\)(?<![\w:,])#(?!include(?:dir)?\s)(?!-?[0-9]).*", "", line).strip()
        if plain:
            yield number, plain


def _defaults(line: str, reading: Reading) -> None:
    match = re.match(r"Defaults(?:([:@>!])\s*(\S+(?:\s*,\s*\S+)*?))?\s+(.*)", line)
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
    match = re.match(r"([^\s,]+(?:\s*,\s*[^\s,]+)*)\s+(.*)", line, re.DOTALL)
    if not match or "=" not in match[2]:
        return
    for part in re.split(r"(?<!\\):(?=[^:=]*=)(?!\s*[A-Z]+:)", match[2]):
        hosts, equals, rest = part.partition("=")
        if not equals:
            continue
        runas = re.match(r"\s*\(([^)]*)\)", rest)
        commands = rest[runas.end() :] if runas else rest
        tags = frozenset(re.findall(r"\b([A-Z_]+)\s*:", commands)) & _TAGS
        plain = re.sub(rf"\b(?:{'|'.join(sorted(_TAGS))})\s*:\s*", "", commands)
        yield Rule(
            match[1], hosts.strip(), runas[1].strip() if runas else "", tags,
            " ".join(plain.split()), file, number,
        )  # fmt: skip
