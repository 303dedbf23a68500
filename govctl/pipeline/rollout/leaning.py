"""Which machines lean on which, by the estate's flows and routers."""

from __future__ import annotations

from collections.abc import Collection

from govctl.estate.flow import Endpoint
from govctl.estate.model import Estate


def leaning_on(estate: Estate, machines: Collection[str]) -> frozenset[str]:
    """These machines, and every other whose services need one of them.

    Whoever has a flow to a machine needs it, and whoever needs that one needs it too. Everything
    behind a router needs the router; behind those of the hub is the whole estate.
    """
    found = set(machines)
    for machine in (estate.machine(name) for name in machines):
        if machine.kind in ("edge", "firewall"):
            return frozenset(one.id for one in estate.machines)
        if machine.is_router:
            found |= {one.id for one in estate.machines if one.site == machine.site}
    ends = _ends(estate)
    size = 0
    while size < len(found):
        size = len(found)
        for sources, destinations in ends:
            if not found.isdisjoint(destinations):
                found |= sources
    return frozenset(found)


def _ends(estate: Estate) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The machines at both ends of each flow."""
    known: dict[str, frozenset[str]] = {}

    def at(endpoint: Endpoint) -> frozenset[str]:
        if endpoint.ref not in known:
            known[endpoint.ref] = _machines_at(estate, endpoint)
        return known[endpoint.ref]

    return [(at(flow.source), at(flow.destination)) for flow in estate.flows]


def _machines_at(estate: Estate, endpoint: Endpoint) -> frozenset[str]:
    zones = set(endpoint.zones)
    return frozenset(
        machine.id
        for machine in estate.machines
        if any(
            leg.zone in zones and any(leg.ipv4.ip in network for network in endpoint.ipv4)
            for leg in machine.interfaces
        )
    )
