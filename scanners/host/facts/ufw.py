"""ufw's own settings: whether it starts, and what happens to packets that no rule names."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import text_of


@dataclass(frozen=True)
class Ufw:
    """/etc/ufw/ufw.conf and /etc/default/ufw, which ufw-init reads as shell assignments."""

    installed: bool
    enabled: bool = False
    """ENABLED=yes: ufw.service loads nothing without it."""
    policies: Mapping[str, str] | None = None
    """input, output, forward → drop, reject or accept; a name is lacking where nothing sets it."""


_CONF = "/etc/ufw/ufw.conf"
_DEFAULTS = "/etc/default/ufw"
_POLICIES = ("input", "output", "forward")


def parse(raw: Raw) -> Ufw | Missing:
    """The last assignment of a name counts."""
    conf, defaults = text_of(raw, _CONF), text_of(raw, _DEFAULTS)
    if isinstance(conf, Missing):
        return conf
    if isinstance(defaults, Missing):
        return defaults
    if conf is None:
        return Ufw(False)
    values = assignments(defaults or "")
    policies = {
        name: values[f"DEFAULT_{name.upper()}_POLICY"].lower()
        for name in _POLICIES
        if values.get(f"DEFAULT_{name.upper()}_POLICY")
    }
    return Ufw(True, assignments(conf).get("ENABLED", "no").lower() == "yes", policies)


def assignments(text: str) -> dict[str, str]:
    """Shell assignments of constants; the last one of a name counts."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or not name.isidentifier():
            continue
        try:
            words = shlex.split(value, comments=True)
        except ValueError:
            continue
        values[name] = words[0] if words else ""
    return values


SOURCE = Source(Ufw, parse, files=(_CONF, _DEFAULTS))
