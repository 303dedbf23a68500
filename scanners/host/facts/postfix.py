"""Postfix: main.cf(5) as postconf(1) would print it, and aliases(5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import is_part, text_of
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class Mail:
    """What of the mail system is judged."""

    postfix: Mapping[str, str] | None
    """Parameter → value with `$name` expanded, as main.cf sets it; None without main.cf."""
    hosts: tuple[str, ...]
    """Addresses that master.cf(5) itself gives to services, whatever inet_interfaces says."""
    aliases: Mapping[str, str]
    """/etc/aliases: lower-case local name → where its mail goes; the last entry counts."""
    lacking: tuple[str, ...] = ()
    """Files that a part of a tree does not have: whether the machine has them is not known."""


_MAIN = "/etc/postfix/main.cf"
_MASTER = "/etc/postfix/master.cf"
_ALIASES = "/etc/aliases"
_NAME = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\)|(\w+))", re.ASCII)


def parse(raw: Raw) -> Mail | Missing:
    """Lines that begin with a blank continue the one before; the last value counts."""
    main, master, aliases = (text_of(raw, path) for path in (_MAIN, _MASTER, _ALIASES))
    if isinstance(main, Missing):
        return main
    if isinstance(master, Missing):
        return master
    if isinstance(aliases, Missing):
        return aliases
    parameters = None if main is None else _parameters(main)
    lacking = [path for path, text in ((_MAIN, main), (_ALIASES, aliases)) if text is None]
    return Mail(parameters, _hosts(master or ""), _aliases(aliases or ""),
                tuple(lacking) if is_part(raw) else ())  # fmt: skip


def _hosts(master: str) -> tuple[str, ...]:
    """`127.0.0.1:smtp inet …` → `127.0.0.1`."""
    services = (line.split() for line in _joined(master))
    names = [words[0] for words in services if len(words) > 1 and words[1] == "inet"]
    return tuple(name.rpartition(":")[0].strip("[]") for name in names if ":" in name)


def _parameters(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in _joined(text):
        name, equals, value = line.partition("=")
        if equals and re.fullmatch(r"\w+", name.strip(), re.ASCII):
            values[name.strip()] = value.strip()
    return {name: _expanded(value, values) for name, value in values.items()}


def _expanded(value: str, values: Mapping[str, str]) -> str:
    """Bounded: a name that leads back to itself stays as it is written."""
    for _ in range(8):
        new = _NAME.sub(lambda match: values.get(match[1] or match[2] or match[3], match[0]), value)
        if new == value or len(new) > 4096:
            break
        value = new
    return value


def _joined(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t" and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return lines


def _aliases(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _joined(text):
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().strip('"').lower()] = value.strip()
    return found


SOURCE = Source(
    Mail, parse, reduced=tuple(settings_file(path) for path in (_MAIN, _MASTER, _ALIASES))
)
