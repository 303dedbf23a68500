"""What the estate's flows open on a machine: in, out and, on a router, through.

Nothing else opens anything. Every flow has a counter of its own, `f_<flow>`, in each filter that it
crosses, so that a probe that finds a path can be laid beside the rule that opened it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from govctl.estate.flow import Endpoint, Flow
from govctl.estate.model import Estate, Machine
from stacks.topology import Network, Prefixes, Topology, topology_of

Side = Literal["source", "destination"]


@dataclass(frozen=True)
class Opening:
    """Packets of a flow that may pass from here to there; None is anywhere beyond the estate."""

    flow: Flow
    sources: Prefixes | None
    destinations: Prefixes | None
    into: tuple[str, ...] = ()
    """The router's interfaces that they may come in by."""
    out_of: str | None = None
    """The router's interface that they leave by."""


@dataclass(frozen=True)
class Openings:
    """Everything that one machine's filter lets pass."""

    incoming: tuple[Opening, ...]
    outgoing: tuple[Opening, ...]
    through: tuple[Opening, ...]

    def __iter__(self) -> Iterator[Opening]:
        yield from (*self.incoming, *self.outgoing, *self.through)


def openings_of(machine: Machine, estate: Estate) -> Openings:
    """The openings of a machine of this estate, in the order of its flows."""
    topology = topology_of(estate)
    incoming, outgoing = [], []
    for flow in estate.flows:
        if here := _own(topology, machine, flow.destination):
            incoming.append(Opening(flow, _all(topology, flow.source), here))
        if here := _own(topology, machine, flow.source):
            outgoing.append(Opening(flow, here, _all(topology, flow.destination)))
    through = _through(topology, machine) if machine.is_router else ()
    return Openings(tuple(incoming), tuple(outgoing), tuple(through))


def _own(topology: Topology, machine: Machine, end: Endpoint) -> Prefixes | None:
    """The machine's own addresses that an end of a flow covers; None if it covers none."""
    pieces = topology.by_zone(end)
    covered: list[Network] = []
    for leg in machine.interfaces:
        for prefix in pieces.get(leg.zone, ()):
            own = leg.ipv4.ip if prefix.version == 4 else leg.ipv6.ip
            if own in prefix:
                covered.append(type(prefix)(own))
    return Prefixes.of(covered) if covered else None


def _all(topology: Topology, end: Endpoint) -> Prefixes | None:
    return None if end.outside else topology.collapsed(end)


def _through(topology: Topology, router: Machine) -> Iterator[Opening]:
    for flow in topology.estate.flows:
        sources = _by_leg(topology, router, flow.source)
        destinations = _by_leg(topology, router, flow.destination)
        turns_back = _turns_back(topology, router, flow)
        for out_of, there in destinations.items():
            into = tuple(leg for leg in sources if leg != out_of or turns_back)
            if into:
                here = [piece for leg in into for piece in sources[leg]]
                yield Opening(
                    flow,
                    None if flow.source.outside else Prefixes.of(here),
                    None if flow.destination.outside else Prefixes.of(there),
                    into,
                    out_of,
                )


def _by_leg(topology: Topology, router: Machine, end: Endpoint) -> dict[str, list[Network]]:
    """An end's addresses by the leg of the router behind which they lie; no addresses outside."""
    if end.outside:
        return {topology.leg_outside(router): []}
    legs = topology.legs_to(router)
    by_leg: dict[str, list[Network]] = {}
    for zone, pieces in topology.by_zone(end).items():
        by_leg.setdefault(legs[zone], []).extend(pieces)
    return by_leg


def _turns_back(topology: Topology, router: Machine, flow: Flow) -> bool:
    """True at the edge for a flow from one site to another over the same WAN."""
    if router.id != topology.root.id:
        return False
    sources, destinations = (
        {site for zone in topology.by_zone(end) if (site := topology.estate.zone(zone).site)}
        - {router.site}
        for end in (flow.source, flow.destination)
    )
    return any(source != destination for source in sources for destination in destinations)
