"""Flows in the model: who may reach what, on which ports, and why."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from govctl.estate.frozen import Frozen

Protocol = Literal["tcp", "udp"]


class Endpoint(Frozen):
    """One end of a flow, already resolved to prefixes."""

    ref: str
    """As written: `internet`, `estate`, `zone:<kind>`, `<site>/<zone>`, `<system>.<component>`."""
    outside: bool
    """True for whatever is not in the estate's prefixes; then the prefixes below are empty."""
    zones: tuple[str, ...]
    """The zones its addresses lie in."""
    ipv4: tuple[IPv4Network, ...]
    ipv6: tuple[IPv6Network, ...]


class Ports(Frozen):
    """A range of ports, both ends included."""

    first: int
    last: int


class Flow(Frozen):
    """The only way a port opens: from, to, what and why."""

    id: str
    source: Endpoint
    destination: Endpoint
    protocol: Protocol
    ports: tuple[Ports, ...]
    why: str
    declared_by: str
    """`estate` for a person's flow, `catalogue:<entry>` for a component's own, `govctl` for SSH."""
    system: str | None = None
