"""Whether this machine would really send an estate's packets into the estate.

Our routes are as wide as the estate's prefixes. A narrower one of somebody else, such as another
bridge of this machine, wins over them, and machines behind it would look as if they were down.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from govctl.errors import MissingPrerequisite
from govctl.estate.model import Estate
from govctl.texts import _
from stacks.provider.naming import bridge_name

_TIMEOUT = 10
Family = Literal["-4", "-6"]


@dataclass(frozen=True)
class Detour:
    """A route of this machine that keeps packets out of the estate."""

    prefix: IPv4Network | IPv6Network
    device: str
    machines: tuple[str, ...]
    """Whom it hides."""


def require_ways(estate: Estate) -> None:
    """MissingPrerequisite if routes of this machine lead away from machines of the estate."""
    found = [*detours(estate, "-4", _routes("-4", estate.ipv4)),
             *detours(estate, "-6", _routes("-6", estate.ipv6))]  # fmt: skip
    if not found:
        return
    lines = [
        _("{prefix} is routed through {device}, not into the estate: {machines} could not be "
          "reached", prefix=one.prefix, device=one.device, machines=_some(one.machines))
        for one in found
    ]  # fmt: skip
    raise MissingPrerequisite(
        "\n".join(lines),
        hint=_("remove that interface or route, or give the estate other `addresses`"),
    )


def detours(estate: Estate, family: Family, routes: str) -> Iterable[Detour]:
    """The detours among routes as `ip -j route` prints them."""
    own = bridge_name(estate.id, estate.controller.zone)
    for route in json.loads(routes or "[]"):
        device = route.get("dev")
        if device in (None, own) or route.get("dst") == "default":
            continue
        prefix = ip_network(route["dst"])
        hidden = tuple(
            machine.id
            for machine in estate.machines
            if machine.existing is None
            and (machine.address4 if family == "-4" else machine.address6) in prefix
        )
        if hidden:
            yield Detour(prefix, device, hidden)


def is_cut_off(estate: Estate) -> bool:
    """True if this machine lost its route into the estate: none outlives a restart."""
    return not leads_in(estate, _routes("-4", estate.ipv4))


def leads_in(estate: Estate, routes: str) -> bool:
    """True if the whole estate is among IPv4 routes as `ip -j route` prints them."""
    own = bridge_name(estate.id, estate.controller.zone)
    return any(
        route.get("dev") == own and ip_network(route["dst"]) == estate.ipv4
        for route in json.loads(routes or "[]")
        if route.get("dst") != "default"
    )


def _routes(family: Family, within: IPv4Network | IPv6Network) -> str:
    try:
        done = subprocess.run(
            ["ip", family, "-j", "route", "show", "root", str(within)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingPrerequisite(
            _("the program {name} is not there", name="ip"), hint=_("run: govctl doctor --fix")
        ) from error
    return done.stdout if done.returncode == 0 else ""


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} (+{len(names) - 3})"
