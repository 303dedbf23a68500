"""Machines: routers, components, bridge points and what already exists, each with its legs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface

from govctl.estate import layout
from govctl.estate.addresses import mac
from govctl.estate.catalogue import BRIDGE, ROUTER, ComponentSpec
from govctl.estate.context import Context
from govctl.estate.existing import Joined, join
from govctl.estate.frozen import Text
from govctl.estate.model import BridgePoint, Controller, Existing, Interface, Limits, Machine
from govctl.estate.needs import joined, need_of
from govctl.estate.numbering import Numbered, Segment, hosts_of
from govctl.estate.places import Place
from govctl.estate.recorded import WAN
from govctl.estate.sites import SiteDraft
from govctl.estate.source import BridgePointSource
from govctl.estate.systems import Placement, SystemDraft, limits_with
from govctl.estate.units import text_of
from govctl.estate.values import LABEL_RULE, is_label
from govctl.texts import _

EDGE, FIREWALL, CONTROLLER = "edge", "firewall", "controller"


@dataclass
class Placed:
    """What stands in the estate, by the list that the model keeps."""

    machines: tuple[Machine, ...]
    bridge_points: tuple[BridgePoint, ...]
    controller: Controller


@dataclass
class _Work:
    """One placing: names by zone first, then numbers, then machines."""

    context: Context
    numbered: Numbered
    sites: dict[str, SiteDraft]
    wanted: dict[str, list[str]] = field(default_factory=dict)
    hosts: dict[str, dict[str, int]] = field(default_factory=dict)

    def leg(self, machine: str, zone: str, host: int, name: str | None = None) -> Interface:
        segment = self.numbered.segments[zone]
        return Interface(
            zone=zone,
            name=name or segment.kind,
            ipv4=segment.interface4(host),
            ipv6=segment.interface6(host),
            mac=mac(self.context.source.estate, machine, zone),
        )


def place_machines(
    context: Context, numbered: Numbered, sites: list[SiteDraft], systems: list[SystemDraft]
) -> Placed:
    """Every machine in the order of its site; what has no place is noted and left out."""
    work = _Work(context, numbered, {site.id: site for site in sites})
    hub = next(site for site in sites if site.hub)
    points = list(_bridge_points(context, sites))
    joined = join(context, numbered, work.sites, {draft.system.id for draft in systems})
    _want(work, systems, points, joined)
    _number(work, joined)
    machines = [*_routers(work, sites)]
    machines += _components(work, systems)
    machines += _point_machines(work, points)
    machines += (_existing(work, e) for e in joined if e.source.id in work.hosts.get(e.zone, ()))
    _check_names(context, machines)
    _check_addresses(context, machines)
    order = {site.id: position for position, site in enumerate(sites)}
    ranks = {"edge": 0, "firewall": 1, "site-router": 2, "server": 3, "bridge-point": 4}
    machines.sort(key=lambda machine: (order[machine.site], ranks[machine.kind], machine.id))
    points_only = tuple(sorted((point for point, _source in points), key=lambda p: p.id))
    return Placed(tuple(machines), points_only, _controller(numbered, hub))


def _want(
    work: _Work,
    systems: list[SystemDraft],
    points: list[tuple[BridgePoint, BridgePointSource]],
    joined: list[Joined],
) -> None:
    for draft in systems:
        for placement in draft.placements:
            work.wanted.setdefault(placement.zone, []).extend(placement.machines)
    for point, _source in points:
        work.wanted.setdefault(_point_zone(point.site), []).append(point.machine)
    for entry in joined:
        work.wanted.setdefault(entry.zone, []).append(entry.source.id)


def _number(work: _Work, joined: list[Joined]) -> None:
    fixed: dict[str, dict[str, int]] = {}
    for entry in joined:
        if entry.host is not None:
            fixed.setdefault(entry.zone, {})[entry.source.id] = entry.host
    for zone, names in work.wanted.items():
        segment = work.numbered.segments.get(zone)
        if segment and names:
            work.hosts[zone] = hosts_of(work.context, segment, names, fixed.get(zone))


def _routers(work: _Work, sites: Iterable[SiteDraft]) -> Iterable[Machine]:
    spec = work.context.catalogue.entries[ROUTER[0]].components[ROUTER[1]]
    for site in sites:
        limits = limits_with(spec.limits, site.settings.limits)
        inner = [f"{site.id}/{kind}" for kind in site.settings.zones]
        wan = work.numbered.wan_hosts[site.id]
        if not site.hub:
            router = f"r-{site.id}"
            legs = [(WAN, wan), *((zone, 1) for zone in inner)]
            yield _router(work, router, site, "site-router", legs, spec, limits)
            continue
        edge = f"{site.id}/edge"
        legs = [(edge, 1), (WAN, wan)]
        yield _router(work, EDGE, site, "edge", legs, spec, limits)
        admin = f"{site.id}/admin"
        others = [zone for zone in inner if zone not in (edge, admin)]
        legs = [(admin, 1), (edge, 2), *((zone, 1) for zone in others)]
        yield _router(work, FIREWALL, site, "firewall", legs, spec, limits)


def _router(
    work: _Work, name: str, site: SiteDraft, kind: str, legs: list[tuple[str, int]],
    spec: ComponentSpec, limits: Limits,
) -> Machine:  # fmt: skip
    return Machine(
        id=name,
        site=site.id,
        unit=site.unit.id,
        system=None,
        component=None,
        role=spec.role,
        kind=kind,  # type: ignore[arg-type]
        interfaces=tuple(work.leg(name, zone, host) for zone, host in legs),
        limits=limits,
        needs=spec.needs,
    )


def _components(work: _Work, systems: list[SystemDraft]) -> Iterable[Machine]:
    for draft in systems:
        for placement in draft.placements:
            for name in placement.machines:
                if name in work.hosts.get(placement.zone, ()):
                    yield _server(work, draft, placement, name)


def _server(work: _Work, draft: SystemDraft, placement: Placement, name: str) -> Machine:
    return Machine(
        id=name,
        site=draft.system.site,
        unit=work.sites[draft.system.site].unit.id,
        system=draft.system.id,
        component=placement.spec.id,
        role=placement.spec.role,
        kind="server",
        interfaces=(work.leg(name, placement.zone, work.hosts[placement.zone][name]),),
        limits=placement.limits,
        needs=placement.needs,
    )


def _point_zone(site: str) -> str:
    return f"{site}/conference"


def _bridge_points(
    context: Context, sites: Iterable[SiteDraft]
) -> Iterable[tuple[BridgePoint, BridgePointSource]]:
    users: dict[str, str] = {}
    homeless: set[str] = set()
    if "site kinds" in context.reading.lost:
        homeless = set(context.source.site_kinds)  # their zones were not understood
    for site in sites:
        if site.kind in homeless:
            continue
        if site.settings.bridge_points and "conference" not in site.settings.zones:
            homeless.add(site.kind)
            message = _('bridge points, and no zone "conference" in the site {site}', site=site.id)
            context.problems.add(context.document.at_key(("site kinds", site.kind)), message)
            continue
        for source in site.settings.bridge_points:
            machine = f"bp-{site.id}-{source.room}"
            user = source.user or f"{site.id}-{source.room}"
            if not is_label(machine) or user in users:
                message = _('"{value}" cannot be used here', value=machine)
                expected = LABEL_RULE.render()
                if user in users:
                    message = _('the bridge points {one} and {two} have one SIP user',
                                one=users[user], two=machine)  # fmt: skip
                    expected = _("a user of its own for each")
                place = context.document.at(("site kinds", site.kind, "bridge points"))
                context.problems.add(place, message, expected=expected)
            users[user] = machine
            name = text_of(source.name) if source.name else Text(
                vi=f"{site.name.vi} – {source.room}", en=f"{site.name.en} – {source.room}"
            )  # fmt: skip
            yield (
                BridgePoint(
                    id=machine,
                    name=name,
                    unit=site.unit.id,
                    site=site.id,
                    machine=machine,
                    kind=source.kind,
                    room=source.room,
                    user=user,
                ),
                source,
            )


def _point_machines(
    work: _Work, points: Iterable[tuple[BridgePoint, BridgePointSource]]
) -> Iterable[Machine]:
    drivers = work.context.catalogue.entries[BRIDGE].components
    for point, source in points:
        if point.kind in drivers and point.machine in work.hosts.get(_point_zone(point.site), ()):
            yield _point_machine(work, point, source)


def _point_machine(work: _Work, point: BridgePoint, source: BridgePointSource) -> Machine:
    spec = work.context.catalogue.entries[BRIDGE].components[point.kind]
    zone = _point_zone(point.site)
    return Machine(
        id=point.machine,
        site=point.site,
        unit=point.unit,
        system=None,
        component=None,
        role=spec.role,
        kind="bridge-point",
        interfaces=(work.leg(point.machine, zone, work.hosts[zone][point.machine]),),
        limits=limits_with(spec.limits, source.limits),
        needs=spec.needs,
    )


def _existing(work: _Work, entry: Joined) -> Machine:
    source = entry.source
    leg = work.leg(source.id, entry.zone, work.hosts[entry.zone][source.id])
    changes: dict[str, IPv4Interface | IPv6Interface] = {}
    if entry.host is None:
        changes["ipv4"] = IPv4Interface(source.address)
    if source.address6 is not None:
        changes["ipv6"] = IPv6Interface(source.address6)
    known = work.context.catalogue.roles
    of_role = known[source.role].needs if source.role in known else ()
    return Machine(
        id=source.id,
        site=source.site,
        unit=work.sites[source.site].unit.id,
        system=source.system,
        component=None,
        role=source.role,
        kind="server",
        interfaces=(leg.model_copy(update=changes),),
        limits=Limits(memory=0, cpu=0, disk=0, processes=0),
        existing=Existing(
            address=source.address, port=source.port, user=source.user, host_key=source.host_key
        ),
        needs=joined(of_role, (need_of(one, f"machine {source.id}") for one in source.needs)),
    )


def _check_names(context: Context, machines: Iterable[Machine]) -> None:
    seen = {CONTROLLER}
    for machine in machines:
        if machine.id in seen:
            message = _('the machine "{id}" stands twice', id=machine.id)
            context.problems.add(_place(context, machine, "id"), message)
        seen.add(machine.id)


def _check_addresses(context: Context, machines: Iterable[Machine]) -> None:
    """Addresses that people wrote; those that govctl gives are apart by themselves."""
    owners: dict[tuple[object, int], str] = {}
    for machine in sorted(machines, key=lambda machine: machine.existing is not None):
        # Behind one address several may answer, each on a port of its own.
        port = machine.existing.port if machine.existing else 0
        legs = [ip for leg in machine.interfaces for ip in (leg.ipv4.ip, leg.ipv6.ip)]
        taken = ((ip, owners.get((ip, 0)) or owners.get((ip, port))) for ip in legs)
        for ip, owner in taken:
            if machine.existing and owner:
                message = _("{address} belongs to {machine}", address=ip, machine=owner)
                key = "address" if ip.version == 4 else "address6"
                context.problems.add(_place(context, machine, key), message)
                break
        owners.update({(ip, port): machine.id for ip in legs})


def _place(context: Context, machine: Machine, key: str) -> Place:
    """Where an existing machine is written; any other stands nowhere of its own."""
    ways = [
        context.way("existing machines", index)
        for index, source in enumerate(context.source.existing_machines)
        if machine.existing and source.id == machine.id
    ]
    return context.document.at((*ways[-1], key) if ways else ())


def _controller(numbered: Numbered, hub: SiteDraft) -> Controller:
    zone: Segment = numbered.segments[f"{hub.id}/admin"]
    host = layout.last_host(zone.ipv4)
    return Controller(
        zone=zone.id,
        ipv4=zone.interface4(host),
        ipv6=zone.interface6(host),
        via4=zone.interface4(1).ip,
        via6=zone.interface6(1).ip,
    )
