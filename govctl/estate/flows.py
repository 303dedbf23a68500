"""Flows: the estate's and the catalogue's openings, both ends resolved to zones and prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network

from govctl.estate.catalogue import BRIDGE, ROUTER, Entry
from govctl.estate.context import Context
from govctl.estate.flow import Endpoint, Flow, Ports
from govctl.estate.layout import ZONES
from govctl.estate.machines import Placed
from govctl.estate.model import Machine, System, Zone
from govctl.estate.places import Place
from govctl.estate.source import FlowSource
from govctl.estate.systems import SystemDraft
from govctl.texts import _

INTERNET, ESTATE, CONTROLLER = "internet", "estate", "controller"
SSH = "govctl-ssh"


class Directory:
    """Resolves what a flow's ends mean; each end is resolved once."""

    def __init__(
        self,
        context: Context,
        zones: Iterable[Zone],
        systems: Iterable[System],
        placed: Placed,
    ) -> None:
        self.context = context
        self.zones = {zone.id: zone for zone in zones}
        self.systems = {system.id: system for system in systems}
        self.placed = placed
        self.machines = {machine.id: machine for machine in placed.machines}
        self.cache: dict[str, Endpoint | None] = {}

    def resolve(self, ref: str) -> Endpoint | None:
        """An end of a flow; None if nothing of that name is in the estate."""
        if ref not in self.cache:
            self.cache[ref] = self._resolve(ref)
        return self.cache[ref]

    def _resolve(self, ref: str) -> Endpoint | None:
        if ref == INTERNET:
            return Endpoint(ref=ref, outside=True, zones=(), ipv4=(), ipv6=())
        if ref == ESTATE:
            addresses = self.context.source.addresses
            return Endpoint(
                ref=ref, outside=False, zones=tuple(self.zones),
                ipv4=(IPv4Network(addresses.ipv4),), ipv6=(IPv6Network(addresses.ipv6),),
            )  # fmt: skip
        if ref == CONTROLLER:
            here = self.placed.controller
            return _hosts(ref, [(here.zone, here.ipv4.ip, here.ipv6.ip)])
        if ref.startswith("zone:"):
            return _networks(ref, [z for z in self.zones.values() if z.kind == ref[5:] and z.site])
        if ref in self.zones:
            return _networks(ref, [self.zones[ref]])
        return self._component(ref)

    def _component(self, ref: str) -> Endpoint | None:
        system, _dot, name = ref.partition(".")
        if system in self.systems:
            parts = [part for part in self.systems[system].components if part.id == name]
            wanted = [m for part in parts for m in part.machines]
            # What found no place, by a mistake that is noted already, is not there.
            return _machines(ref, [self.machines[m] for m in wanted if m in self.machines])
        if system in (BRIDGE, ROUTER[0]):
            role = f"{system}-{name}"
            return _machines(ref, [m for m in self.machines.values() if m.role == role])
        return None

    def candidates(self, ref: str) -> tuple[str, list[str]]:
        """What was wrong with a reference, and the names that could stand in its place."""
        head, dot, _tail = ref.partition(".")
        if ref.startswith("zone:"):
            kinds = {zone.kind for zone in self.zones.values() if zone.site}
            return _('no zone of the kind "{kind}" in the estate', kind=ref[5:]), [
                f"zone:{kind}" for kind in ZONES if kind in kinds
            ]
        if dot and head in self.systems:
            parts = [f"{head}.{part.id}" for part in self.systems[head].components]
            if ref in parts:
                return _('"{ref}", which has no machines', ref=ref), []
            return _('unknown component "{ref}"', ref=ref), parts
        if "/" in ref:
            site = ref.split("/", maxsplit=1)[0]
            of_site = [zone for zone in self.zones if zone.startswith(f"{site}/")]
            return _('unknown zone "{ref}"', ref=ref), of_site or list(self.zones)
        parts = [f"{s.id}.{part.id}" for s in self.systems.values() for part in s.components]
        return _('unknown end "{ref}"', ref=ref), [INTERNET, ESTATE, CONTROLLER, *parts]


def resolve_flows(
    context: Context, directory: Directory, systems: list[SystemDraft]
) -> tuple[Flow, ...]:
    """Every flow by id in sorted order; ends that do not exist are noted."""
    flows: dict[str, Flow] = {}
    ssh = FlowSource.model_construct(
        id=SSH, from_=CONTROLLER, to=ESTATE, protocol="tcp", port=((22, 22),),
        why="administration from the machine that runs govctl",
    )  # fmt: skip
    _add(context, flows, _flow(directory, ssh, "govctl", None), None)
    for place, source, system in _declared(context, systems):
        flow = _checked(context, directory, source, system, place)
        if flow:
            _add(context, flows, flow, place["id"])
    opened = {_opening(flow) for flow in flows.values()}
    for entry, system in _used(context, directory, systems):
        for source in _of_entry(entry, system, systems):
            flow = _flow(directory, source, f"catalogue:{entry.id}", system)
            if flow and flow.id not in flows and _opening(flow) not in opened:
                flows[flow.id] = flow
                opened.add(_opening(flow))
    return tuple(flows[key] for key in sorted(flows))


def _declared(
    context: Context, systems: list[SystemDraft]
) -> Iterator[tuple[Mapping[str, Place], FlowSource, str | None]]:
    """The flows that people wrote, with the positions of their parts."""
    for index, source in enumerate(context.source.flows):
        yield _places(context, context.way("flows", index)), source, None
    for draft in systems:
        for index, source in enumerate(context.source.systems[draft.position].flows):
            way = context.way("systems", draft.position, "flows", index)
            yield _places(context, way), source, draft.system.id


def _places(context: Context, way: tuple[str | int, ...]) -> dict[str, Place]:
    return {key: context.document.at((*way, key)) for key in ("id", "from", "to")}


def _checked(
    context: Context, directory: Directory, source: FlowSource, system: str | None,
    places: Mapping[str, Place],
) -> Flow | None:  # fmt: skip
    for key, ref in (("from", source.from_), ("to", source.to)):
        if directory.resolve(ref) is None:
            what, names = directory.candidates(ref)
            message = (
                _("flow from {what}", what=what)
                if key == "from"
                else _("flow to {what}", what=what)
            )
            context.unknown(places[key], message, ref, names, "systems", "units", "site kinds")
    if source.from_ == source.to == INTERNET:
        context.problems.add(places["to"], _("a flow from the internet to the internet"))
        return None
    return _flow(directory, source, "estate", system)


def _flow(
    directory: Directory, source: FlowSource, declared_by: str, system: str | None
) -> Flow | None:
    start, end = directory.resolve(source.from_), directory.resolve(source.to)
    if start is None or end is None:
        return None
    ports = tuple(Ports(first=first, last=last) for first, last in sorted(set(source.port)))
    return Flow(
        id=source.id or slug(source, system),
        source=start,
        destination=end,
        protocol=source.protocol,
        ports=ports,
        why=source.why,
        declared_by=declared_by,
        system=system,
    )


def slug(source: FlowSource, system: str | None) -> str:
    """A flow's id from what it opens, so that it stays when others come and go."""
    ports = "-".join(str(a) if a == b else f"{a}to{b}" for a, b in sorted(set(source.port)))
    ends = f"{source.from_}-to-{source.to}-{source.protocol}-{ports}"
    named = system is None or any(end.startswith(f"{system}.") for end in (source.from_, source.to))
    return re.sub(r"[^a-z0-9]+", "-", ends if named else f"{system}-{ends}")


def _add(context: Context, flows: dict[str, Flow], flow: Flow | None, place: Place | None) -> None:
    if flow is None:
        return
    if flow.id in flows and place:
        message = _('the flow "{id}" stands twice', id=flow.id)
        context.problems.add(place, message)
    elif place:
        same = next((one.id for one in flows.values() if _opening(one) == _opening(flow)), None)
        if same is not None:
            message = _('the flow "{id}" opens what "{other}" opens', id=flow.id, other=same)
            context.problems.add(place, message)
    flows.setdefault(flow.id, flow)


def _opening(flow: Flow) -> tuple[str, str, str, tuple[Ports, ...]]:
    """What a flow opens: by this it is known in plans and in the state, so it stands once."""
    return flow.source.ref, flow.destination.ref, flow.protocol, flow.ports


def _used(
    context: Context, directory: Directory, systems: list[SystemDraft]
) -> Iterator[tuple[Entry, str | None]]:
    """Entries in use: once for each system, and the routers' and bridge points' own."""
    for draft in systems:
        yield draft.entry, draft.system.id
    roles = {machine.role for machine in directory.machines.values()}
    for key in (ROUTER[0], BRIDGE):
        entry = context.catalogue.entries.get(key)
        if entry and roles & {spec.role for spec in entry.components.values()}:
            yield entry, None


def _of_entry(entry: Entry, system: str | None, systems: list[SystemDraft]) -> Iterator[FlowSource]:
    """An entry's flows with the names of systems in place of entries' names.

    An entry names itself and others by entry; whom the estate does not use has nothing to open.
    """
    by_entry: dict[str, list[str]] = {}
    for draft in systems:
        by_entry.setdefault(draft.entry.id, []).append(draft.system.id)
    for source in entry.flows:
        for start in _renamed(source.from_, entry.id, system, by_entry):
            for end in _renamed(source.to, entry.id, system, by_entry):
                yield source.model_copy(update={"from_": start, "to": end, "id": None})


def _renamed(
    ref: str, entry: str, system: str | None, by_entry: Mapping[str, list[str]]
) -> list[str]:
    head, dot, tail = ref.partition(".")
    if not dot or head in (BRIDGE, ROUTER[0]):
        return [ref]
    names = [system] if head == entry and system else by_entry.get(head, [])
    return [f"{name}.{tail}" for name in names]


def _networks(ref: str, zones: list[Zone]) -> Endpoint | None:
    if not zones:
        return None
    return Endpoint(
        ref=ref,
        outside=False,
        zones=tuple(zone.id for zone in zones),
        ipv4=tuple(zone.ipv4 for zone in zones),
        ipv6=tuple(zone.ipv6 for zone in zones),
    )


def _machines(ref: str, machines: list[Machine]) -> Endpoint | None:
    if not machines:
        return None
    legs = [machine.interfaces[0] for machine in machines]
    return _hosts(ref, [(leg.zone, leg.ipv4.ip, leg.ipv6.ip) for leg in legs])


def _hosts(ref: str, hosts: list[tuple[str, object, object]]) -> Endpoint:
    return Endpoint(
        ref=ref,
        outside=False,
        zones=tuple(dict.fromkeys(zone for zone, _ipv4, _ipv6 in hosts)),
        ipv4=tuple(IPv4Network(int(ipv4)) for _zone, ipv4, _ipv6 in hosts),  # type: ignore[call-overload]
        ipv6=tuple(IPv6Network(int(ipv6)) for _zone, _ipv4, ipv6 in hosts),  # type: ignore[call-overload]
    )
