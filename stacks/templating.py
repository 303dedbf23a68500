"""Templates that cannot be talked into writing something else than they say.

Every value that a template prints is either of a type that has no surprises (a number, an address)
or has passed a filter that validates or quotes it. A plain string is refused: a template that
forgets its filter fails in the first test, not with the first hostile name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from govctl.errors import GovctlError
from govctl.texts import _

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_INTERFACE = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,14}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ADDRESSES = (
    IPv4Address,
    IPv6Address,
    IPv4Network,
    IPv6Network,
    IPv4Interface,
    IPv6Interface,
)


class UnsafeValueError(GovctlError):
    """A value cannot stand where a template wants it."""


class Safe(str):
    """Text that may stand in a configuration file as it is."""

    __slots__ = ()


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[object], Safe]:
    def validate(value: object) -> Safe:
        text = str(value)
        if not pattern.fullmatch(text):
            raise UnsafeValueError(_("{value} is not {what}", value=repr(text), what=_(what)))
        return Safe(text)

    return validate


label = _matching(_LABEL, "a host name label")
interface = _matching(_INTERFACE, "an interface name")
word = _matching(_WORD, "a plain word")


def fqdn(value: object) -> Safe:
    """A DNS name of lower-case labels (RFC 1123), 253 bytes at most, without a final dot."""
    text = str(value)
    if len(text) > 253 or not all(_LABEL.fullmatch(part) for part in text.split(".")):
        raise UnsafeValueError(_("{value} is not {what}", value=repr(text), what=_("a host name")))
    return Safe(text)


def html(value: object) -> Safe:
    """Text inside HTML or inside a quoted attribute."""
    return Safe(str(escape(str(value))))


def as_json(value: object) -> Safe:
    """A JSON value; only ASCII comes out."""
    return Safe(json.dumps(value, sort_keys=True))


def comment(value: object) -> Safe:
    """A quoted comment of nftables: printable ASCII without quotes, 128 bytes at most."""
    text = re.sub(r"[^A-Za-z0-9 .,:;/()+_-]", "_", str(value))[:120]
    return Safe(f'"{text}"')


def _refuse_plain(value: Any) -> Any:
    """Jinja's `finalize`: what `{{ … }}` may print."""
    if isinstance(value, (Safe, int, *_ADDRESSES, StrictUndefined)):
        return value
    raise UnsafeValueError(
        _("a template printed {value} without a filter that makes it safe", value=repr(value))
    )


_FILTERS: dict[str, Callable[[Any], Safe]] = {
    "label": label,
    "interface": interface,
    "word": word,
    "fqdn": fqdn,
    "html": html,
    "json": as_json,
    "comment": comment,
}


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(  # noqa: S701 - configuration files; HTML goes through `html`
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=_refuse_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def fill(folder: Path, template: str, /, **values: object) -> str:
    """The text of a template in a folder; UnsafeValueError if a value does not fit."""
    return _environment(folder).get_template(template).render(values)


def fill_line(line: str, /, **values: object) -> str:
    """The same for a template that stands in data (a catalogue entry's probe)."""
    return _environment(Path(__file__).parent).from_string(line).render(values)
