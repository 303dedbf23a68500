"""Finding things in an estate the way people name them, counting them, and saying where from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from govctl.errors import UsageError
from govctl.estate.context import Origin
from govctl.estate.loader import Resolution
from govctl.estate.model import Estate, Machine, Need, Site, System, Unit
from govctl.estate.places import nearest
from govctl.estate.register.names import bare, fold, plain
from govctl.texts import Message, _, msg

Thing = Unit | Site | Machine | System


@dataclass(frozen=True)
class TierSummary:
    """What one level of government has."""

    tier: str | None
    """None for agencies, which belong to no tier of their own."""
    units: int
    sites: int
    machines: int
    bridge_points: int


@dataclass(frozen=True)
class Explained:
    """One value of a thing and where it comes from."""

    field: Message
    value: str
    origin: str


@dataclass(frozen=True)
class Exempted:
    """A recorded exception, and the machines that have it."""

    need: Need
    machines: tuple[str, ...]


def exceptions(estate: Estate) -> tuple[Exempted, ...]:
    """The exceptions that components need, by whose they are and the check."""
    found: dict[Need, list[str]] = {}
    for machine in estate.machines:
        for need in machine.needs:
            found.setdefault(need, []).append(machine.id)
    ordered = sorted(found, key=lambda need: (need.whose, need.check))
    return tuple(Exempted(need, tuple(found[need])) for need in ordered)


def resolve_unit(estate: Estate, query: str) -> Unit:
    """The unit that an id, a code or a name means; UsageError with suggestions otherwise."""
    for unit in estate.units:
        if query in (unit.id, unit.code):
            return unit
    found = [unit for unit in estate.units if fold(query) in _forms(unit, fold)]
    found = found or [unit for unit in estate.units if plain(query) in _forms(unit, plain)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{unit.name.vi} ({unit.id})" for unit in found[:8])
        raise UsageError(
            _('"{query}" could be: {names}', query=query, names=names), hint=_("give the code")
        )
    forms = {form: unit.name.vi for unit in estate.units for form in _forms(unit, plain)}
    near = nearest(plain(query), forms)
    raise _unknown(_('no unit "{query}" in the estate', query=query), near and forms[near])


def resolve_site(estate: Estate, query: str) -> Site:
    """The site of an id, or the only one of a unit; UsageError with suggestions otherwise."""
    for site in estate.sites:
        if site.id == query:
            return site
    try:
        unit = resolve_unit(estate, query)
    except UsageError:
        near = nearest(query, [site.id for site in estate.sites])
        raise _unknown(_('no site "{query}" in the estate', query=query), near) from None
    found = [site for site in estate.sites if site.unit == unit.id]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(site.id for site in found)
    if not found:
        raise UsageError(_("{name} has no site", name=unit.name.vi))
    raise UsageError(_("{name} has several sites: {sites}", name=unit.name.vi, sites=listed))


def resolve_machine(estate: Estate, query: str) -> Machine:
    """The machine of an id; UsageError with a suggestion otherwise."""
    try:
        return estate.machine(query)
    except KeyError:
        near = nearest(query, [machine.id for machine in estate.machines])
        raise _unknown(_('no machine "{query}" in the estate', query=query), near) from None


def find(estate: Estate, query: str) -> Thing:
    """Whatever an id or a name means: a machine, a site, a system, or a unit."""
    # A unit of the estate's own and its site have one id: what is said of a unit has its sites too.
    for things in (estate.machines, estate.units, estate.sites, estate.systems):
        for thing in things:
            if thing.id == query:
                return thing
    try:
        return resolve_unit(estate, query)
    except UsageError as error:
        if error.hint:
            raise
        names = [t.id for things in (estate.machines, estate.sites, estate.systems) for t in things]
        message = _('nothing called "{query}" in the estate', query=query)
        raise _unknown(message, nearest(query, names)) from None


def subtree(estate: Estate, unit: str) -> set[str]:
    """Ids of a unit and of everything below it."""
    inside = {unit}
    for candidate in estate.units:  # parents stand before their children
        if candidate.parent in inside:
            inside.add(candidate.id)
    return inside


def machines_of(estate: Estate, unit: str) -> tuple[Machine, ...]:
    """Machines of a unit and of everything below it."""
    inside = subtree(estate, unit)
    return tuple(machine for machine in estate.machines if machine.unit in inside)


def summary(estate: Estate) -> tuple[TierSummary, ...]:
    """Counts per tier from the top down; agencies last, if there are any."""
    tier_of = {unit.id: unit.tier for unit in estate.units}

    def count(units: Iterable[str], tier: str | None) -> int:
        return sum(tier_of[unit] == tier for unit in units)

    rows = []
    for tier in (*estate.tiers, None):
        units = count(tier_of, tier)
        if units or tier is not None:
            rows.append(
                TierSummary(
                    tier,
                    units,
                    count((site.unit for site in estate.sites), tier),
                    count((machine.unit for machine in estate.machines), tier),
                    count((point.unit for point in estate.bridge_points), tier),
                )
            )
    return tuple(rows)


def explain(resolution: Resolution, query: str) -> tuple[Explained, ...]:
    """Each value of a unit, site, system or machine, and where it comes from."""
    estate = resolution.estate
    thing = find(estate, query)
    if isinstance(thing, Unit):
        rows = list(_of_unit(estate, thing))
        for site in estate.sites:
            if site.unit == thing.id:
                rows += _of_site(resolution, site)
    elif isinstance(thing, Site):
        rows = list(_of_site(resolution, thing))
    elif isinstance(thing, Machine):
        rows = list(_of_machine(resolution, thing))
    else:
        rows = list(_of_system(thing))
    return tuple(rows)


def _of_unit(estate: Estate, unit: Unit) -> Iterator[Explained]:
    whence = (
        _("the register {register}", register=estate.register_id) if unit.code else _("the estate")
    )
    above = _("the nearest unit above it that is in the estate")
    yield Explained(msg("name"), unit.name.vi, whence)
    yield Explained(msg("tier"), unit.tier or "–", whence)
    yield Explained(msg("parent"), unit.parent or "–", above if unit.code else whence)
    if unit.kind:
        yield Explained(msg("kind"), unit.kind, whence)


def _of_site(resolution: Resolution, site: Site) -> Iterator[Explained]:
    origins = resolution.origins.get(("site", site.id), {})
    recorded = _("addresses.yaml, or the hash of its name when it is new")
    yield Explained(msg("site"), site.id, _("its unit {unit}", unit=site.unit))
    yield Explained(msg("site kind"), site.kind, _("the unit's entry in the estate"))
    for prefix in (site.ipv4, site.ipv6):
        yield Explained(Message(f"ipv{prefix.version}"), str(prefix), recorded)
    zones = ", ".join(zone.split("/")[1] for zone in site.zones)
    yield Explained(msg("zones"), zones or "–", _origin(origins, "zones"))
    links = ", ".join(f"{link.to} {link.rate // 10**6} Mbit/s" for link in site.links)
    yield Explained(msg("links"), links or "–", _origin(origins, "links"))
    for kind, reason in site.without.items():
        yield Explained(msg("without {zone}", zone=kind), reason, _origin(origins, "without"))
    points = [point.id for point in resolution.estate.bridge_points if point.site == site.id]
    if points:
        yield Explained(msg("bridge points"), ", ".join(points), _origin(origins, "bridge_points"))


def _of_machine(resolution: Resolution, machine: Machine) -> Iterator[Explained]:
    entry = _("the catalogue's component {role}", role=machine.role)
    yield Explained(
        msg("role"), machine.role, entry if machine.existing is None else _("the estate")
    )
    system = _("the system {system}", system=machine.system)
    yield Explained(msg("site"), machine.site, system if machine.system else _("its own entry"))
    for leg in machine.interfaces:
        host = resolution.ledger.hosts.get(leg.zone, {}).get(machine.id)
        whence = (
            _("addresses.yaml, number {number}", number=host) if host else _("the layout of sites")
        )
        yield Explained(Message(f"{leg.name} ipv4"), str(leg.ipv4), whence)
        yield Explained(Message(f"{leg.name} ipv6"), str(leg.ipv6), whence)
        yield Explained(
            Message(f"{leg.name} mac"), leg.mac, _("the hash of estate, machine and zone")
        )
    if machine.existing is None:
        memory = f"{machine.limits.memory // 2**20} MiB"
        yield Explained(msg("memory"), memory, _("the catalogue, unless the estate changes it"))


def _of_system(system: System) -> Iterator[Explained]:
    own = _("its entry in the estate")
    yield Explained(msg("level"), str(system.level), own)
    yield Explained(msg("owner"), system.owner, own)
    yield Explained(msg("operator"), system.operator, own)
    entry = _("the catalogue entry {entry}", entry=system.catalogue)
    for part in system.components:
        yield Explained(Message(part.id), ", ".join(part.machines) or "–", entry)


def _origin(origins: Mapping[str, Origin], field: str) -> str:
    """An origin in words, with its position."""
    origin = origins.get(field)
    if origin is None:
        return _("nothing set it")
    texts = {
        "site kind": _("the site kind {name}", name=origin.name),
        "override": _("the override for {name}", name=origin.name),
        "unit": _("the unit's entry {name}", name=origin.name),
        "site": _("the site's entry {name}", name=origin.name),
    }
    words = texts.get(origin.whence, origin.name)
    return f"{words} ({origin.place})" if origin.place else words


def _forms(unit: Unit, form: Callable[[str], str]) -> set[str]:
    names = (unit.name.vi, bare(unit.name.vi, unit.kind), unit.name.en)
    return {form(name) for name in names}


def _unknown(message: str, near: str | None) -> UsageError:
    return UsageError(message, hint=_('did you mean "{name}"?', name=near) if near else None)
