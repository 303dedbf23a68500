"""Postfix: main.cf(5) as postconf(1) would print it, and aliases(5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import text_of
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class Mail:
    """What of the mail system is judged."""

    postfix: Mapping[str, str] | None
    """Parameter → value with `$name` expanded, as main.cf sets it; None without main.cf."""
    aliases: Mapping[str, str]
    """/etc/aliases: lower-case local name → where its mail goes; the last entry counts."""


_MAIN = "/etc/postfix/main.cf"
_ALIASES = "/etc/aliases"
_NAME = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\)|(\w+))", re.ASCII)


def parse(raw: Raw) -> Mail | Missing:
    """Lines that begin with a blank continue the one before; the last value counts."""
    main, aliases = text_of(raw, _MAIN), text_of(raw, _ALIASES)
    if isinstance(main, Missing):
        return main
    if isinstance(aliases, Missing):
        return aliases
    return Mail(None if main is None else _parameters(main), _aliases(aliases or ""))


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


SOURCE = Source(Mail, parse, reduced=(settings_file(_MAIN), settings_file(_ALIASES)))
