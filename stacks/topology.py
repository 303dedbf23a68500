"""Who routes what: the tree of routers, and the leg by which each router reaches every zone.

The edge is the root; the firewall and every site router hang below it. So between two zones there
is one way, and it passes a router exactly if the router reaches them by different legs, or if it is
the edge sending a packet of one site back over the same WAN to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses

from govctl.estate.flow import Endpoint
from govctl.estate.model import Estate, Interface, Machine, Zone

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Prefixes:
    """Addresses of both families, collapsed and sorted."""

    ipv4: tuple[IPv4Network, ...] = ()
    ipv6: tuple[IPv6Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[Network]) -> Prefixes:
        """The least prefixes that hold exactly these."""
        every = list(networks)
        return cls(
            tuple(collapse_addresses(n for n in every if isinstance(n, IPv4Network))),
            tuple(collapse_addresses(n for n in every if isinstance(n, IPv6Network))),
        )

    def __iter__(self) -> Iterator[Network]:
        yield from self.ipv4
        yield from self.ipv6

    def without(self, holes: Prefixes) -> Prefixes:
        """What is left when the holes are cut out."""
        return Prefixes.of(
            [*_cut(self.ipv4, holes.ipv4), *_cut(self.ipv6, holes.ipv6)],
        )


def _cut(networks: Iterable[Network], holes: Iterable[Network]) -> list[Network]:
    left: list[Network] = list(networks)
    for hole in holes:
        after: list[Network] = []
        for network in left:
            if hole.supernet_of(network):  # type: ignore[arg-type]
                continue
            if network.supernet_of(hole):  # type: ignore[arg-type]
                after += network.address_exclude(hole)  # type: ignore[arg-type]
            else:
                after.append(network)
        left = after
    return left


@dataclass(frozen=True)
class Route:
    """A static route of a machine; without a gateway, packets for it are refused."""

    destination: Network
    gateway: Address | None
    interface: str
    """The machine's interface that the route is written to."""


@dataclass(frozen=True)
class Leg:
    """One side of a router."""

    interface: Interface
    sources: Prefixes
    """The only addresses that packets may come from here."""
    outside: bool
    """True where the world beyond the estate lies."""


class Topology:
    """The routers of one estate; see `topology_of`."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.everything = Prefixes.of([estate.ipv4, estate.ipv6])
        # By identity: the estate holds its endpoints for as long as this holds the estate.
        self._pieces: dict[int, dict[str, Prefixes]] = {}
        self._collapsed: dict[int, Prefixes] = {}
        self._legs_to: dict[str, defaultdict[str, str]] = {}

    @cached_property
    def root(self) -> Machine:
        """The edge router."""
        return next(machine for machine in self.estate.machines if machine.kind == "edge")

    @cached_property
    def below_root(self) -> tuple[Machine, ...]:
        """The routers that hang at the edge: the firewall and the site routers."""
        return tuple(m for m in self.estate.machines if m.is_router and m.id != self.root.id)

    def uplink(self, router: Machine) -> tuple[Interface, Interface]:
        """A router's leg towards the root, and the root's leg in that zone."""
        theirs = {leg.zone: leg for leg in self.root.interfaces}
        mine = next(leg for leg in router.interfaces if leg.zone in theirs)
        return mine, theirs[mine.zone]

    def prefixes_below(self, router: Machine) -> Prefixes:
        """What hangs below a router that is not the root: its site's prefixes."""
        site = self.estate.site(router.site)
        return Prefixes.of([site.ipv4, site.ipv6])

    def legs_to(self, router: Machine) -> defaultdict[str, str]:
        """Zone → the name of the router's interface by which it reaches that zone."""
        if router.id not in self._legs_to:
            legs = {leg.zone: leg.name for leg in router.interfaces}
            self._legs_to[router.id] = found = defaultdict(str, legs)
            if router.id != self.root.id:
                up = self.uplink(router)[0].name
                found.default_factory = lambda: up
            else:
                for below in self.below_root:
                    mine = self.uplink(below)[1].name
                    for leg in below.interfaces:
                        found.setdefault(leg.zone, mine)
        return self._legs_to[router.id]

    def routes(self, machine: Machine) -> tuple[Route, ...]:
        """The static routes of any machine of the estate."""
        if not machine.is_router:
            leg = machine.interfaces[0]
            zone = self.estate.zone(leg.zone)
            return tuple(_default(leg.name, zone.gateway4, zone.gateway6))
        found: list[Route] = []
        if machine.id == self.root.id:
            for router in self.below_root:
                theirs, mine = self.uplink(router)
                for prefix in self.prefixes_below(router):
                    via = theirs.ipv4.ip if prefix.version == 4 else theirs.ipv6.ip
                    found.append(Route(prefix, via, mine.name))
            own = self.everything
        else:
            leg, up = self.uplink(machine)
            found += _default(leg.name, up.ipv4.ip, up.ipv6.ip)
            own = self.prefixes_below(machine)
        # An address that nobody has must not travel up and down between two routers.
        found += [Route(prefix, None, machine.interfaces[0].name) for prefix in own]
        return tuple(found)

    def legs(self, router: Machine) -> tuple[Leg, ...]:
        """The sides of a router with the addresses that may send from each."""
        if router.id == self.root.id:
            return tuple(self._root_leg(leg) for leg in router.interfaces)
        up, _ = self.uplink(router)
        beyond = self.everything.without(self.prefixes_below(router))
        return tuple(
            Leg(leg, self._of_zone(leg.zone, beyond if leg == up else Prefixes()), leg == up)
            for leg in router.interfaces
        )

    def _root_leg(self, leg: Interface) -> Leg:
        here = [r for r in self.below_root if self.uplink(r)[1] == leg]
        below = Prefixes.of([prefix for router in here for prefix in self.prefixes_below(router)])
        return Leg(leg, self._of_zone(leg.zone, below), self.estate.zone(leg.zone).site is None)

    def _of_zone(self, zone_id: str, more: Prefixes) -> Prefixes:
        zone = self.estate.zone(zone_id)
        return Prefixes.of([zone.ipv4, zone.ipv6, *more])

    def leg_outside(self, router: Machine) -> str:
        """The name of the router's interface that leads out of the estate."""
        if router.id != self.root.id:
            return self.uplink(router)[0].name
        zones = {leg.name: self.estate.zone(leg.zone) for leg in router.interfaces}
        return next(name for name, zone in zones.items() if zone.site is None)

    def by_zone(self, end: Endpoint) -> dict[str, Prefixes]:
        """The addresses of an endpoint of this estate's flows, zone by zone."""
        if id(end) not in self._pieces:
            pieces = {zone.id: overlap(end, zone) for zone in self.estate.zones}
            self._pieces[id(end)] = {zone: piece for zone, piece in pieces.items() if any(piece)}
        return self._pieces[id(end)]

    def collapsed(self, end: Endpoint) -> Prefixes:
        """All addresses of an endpoint."""
        if id(end) not in self._collapsed:
            self._collapsed[id(end)] = Prefixes.of([*end.ipv4, *end.ipv6])
        return self._collapsed[id(end)]


def overlap(end: Endpoint, zone: Zone) -> Prefixes:
    """The addresses of an endpoint that lie in a zone."""
    found: list[Network] = [
        one if other.supernet_of(one) else other
        for one, other in ((n, zone.ipv4) for n in end.ipv4)
        if one.overlaps(other)
    ]
    found += [
        one if other.supernet_of(one) else other
        for one, other in ((n, zone.ipv6) for n in end.ipv6)
        if one.overlaps(other)
    ]
    return Prefixes.of(found)


def _default(interface: str, via4: IPv4Address, via6: IPv6Address) -> list[Route]:
    return [
        Route(IPv4Network("0.0.0.0/0"), via4, interface),
        Route(IPv6Network("::/0"), via6, interface),
    ]


class _Same:
    """Makes an estate, which holds mappings, a key of a cache: by identity."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate

    def __hash__(self) -> int:
        return id(self.estate)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.estate is self.estate


@lru_cache(maxsize=4)
def _topology_of(same: _Same) -> Topology:
    return Topology(same.estate)


def topology_of(estate: Estate) -> Topology:
    """The topology of an estate, computed once for all its machines."""
    return _topology_of(_Same(estate))
