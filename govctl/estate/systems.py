"""Systems: catalogue entries placed in the estate, with what the estate sets for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from govctl.estate.catalogue import ComponentSpec, Entry
from govctl.estate.context import Context
from govctl.estate.model import Component, Limits, Need, System
from govctl.estate.needs import joined, need_of
from govctl.estate.sites import SiteDraft
from govctl.estate.source import ComponentSource, LimitsSource, SystemSource
from govctl.estate.units import Draft, require_unit, text_of
from govctl.estate.values import LABEL_RULE, is_label
from govctl.estate.yamlfile import Way
from govctl.texts import _

ALIAS = "alias"
"""The parameter that gives a component a short name in the estate's domain."""


class Placement(NamedTuple):
    """The machines of one component: which, where, and what they may use."""

    spec: ComponentSpec
    zone: str
    machines: tuple[str, ...]
    limits: Limits
    needs: tuple[Need, ...]


class SystemDraft(NamedTuple):
    """A system and the machines that it asks for."""

    system: System
    entry: Entry
    placements: tuple[Placement, ...]
    position: int
    """Its place in the list of the file."""


def limits_with(limits: Limits, changes: LimitsSource | None) -> Limits:
    """Limits with some of them changed."""
    if changes is None:
        return limits
    given = changes.model_dump(exclude_none=True)
    return limits.model_copy(update=given)


def plan_systems(
    context: Context, units: Mapping[str, Draft], sites: list[SiteDraft]
) -> list[SystemDraft]:
    """Every system by id in sorted order; what does not fit is noted."""
    by_id = {site.id: site for site in sites}
    hub = next((site for site in sites if site.hub), None)
    drafts: dict[str, SystemDraft] = {}
    before = len(context.problems.found)
    for index, source in enumerate(context.source.systems):
        way = context.way("systems", index)
        if source.id in drafts:
            message = _('the system "{id}" stands twice', id=source.id)
            context.problems.add(context.document.at((*way, "id")), message)
            continue
        for role in ("owner", "operator"):
            require_unit(context, (*way, role), getattr(source, role), units)
        site = hub if source.site is None else by_id.get(source.site)
        if source.site is not None and site is None:
            message = _('unknown site "{id}"', id=source.site)
            place = context.document.at((*way, "site"))
            context.unknown(place, message, source.site, by_id, "units", "sites", "site kinds")
        entry = context.catalogue.entries.get(source.catalogue)
        if entry is None:
            message = _('the catalogue has no entry "{id}"', id=source.catalogue)
            place = context.document.at((*way, "catalogue"))
            context.problems.unknown(place, message, source.catalogue, context.catalogue.entries)
        if entry and site:
            drafts[source.id] = _draft(context, way, index, source, entry, site)
    _check_aliases(context, drafts)
    if len(context.problems.found) > before:
        context.reading.lost.add("systems")
    return [drafts[key] for key in sorted(drafts)]


def _check_aliases(context: Context, drafts: Mapping[str, SystemDraft]) -> None:
    """Names that people type: with one for two systems they would meet now this, now that one."""
    owners: dict[str, str] = {}
    for draft in drafts.values():
        for part in draft.system.components:
            alias = part.parameters.get(ALIAS)
            if not alias or not part.machines:
                continue
            name = f"{draft.system.id}.{part.id}"
            other = owners.setdefault(alias, name)
            if other != name:
                way = context.way("systems", draft.position, "components", part.id)
                message = _('{one} and {two} have one alias, "{alias}"', one=other, two=name,
                            alias=alias)  # fmt: skip
                hint = _("give it another: components: {{part}: {parameters: {alias: …}}}",
                         part=part.id)  # fmt: skip
                place = context.document.at((*way, "parameters", ALIAS))
                context.problems.add(place, message, hint=hint)


def _draft(
    context: Context, way: Way, index: int, source: SystemSource, entry: Entry, site: SiteDraft
) -> SystemDraft:
    for name in source.components:
        if name not in entry.components:
            message = _('{entry} has no component "{name}"', entry=entry.id, name=name)
            place = context.document.at_key((*way, "components", name))
            context.problems.unknown(place, message, name, entry.components)
    placements = []
    components = []
    for spec in entry.components.values():
        given = source.components.get(spec.id) or ComponentSource()
        part_way: Way = (*way, "components", spec.id)
        zone = _zone(context, part_way if given.zone else way, spec, given, site)
        parameters = _parameters(context, part_way, spec, given)
        count = spec.machines if given.machines is None else given.machines
        machines = tuple(f"{source.id}-{spec.id}-{number + 1}" for number in range(count))
        if machines and not is_label(machines[-1]):
            message = _('the machine\'s name "{name}" is too long', name=machines[-1])
            context.problems.add(
                context.document.at((*way, "id")), message, expected=LABEL_RULE.render()
            )
        own = (need_of(need, f"system {source.id}.{spec.id}") for need in given.needs)
        placements.append(
            Placement(spec, zone, machines, limits_with(spec.limits, given.limits),
                      joined(spec.needs, own))
        )  # fmt: skip
        components.append(
            Component(
                id=spec.id, role=spec.role, zone=zone, machines=machines, parameters=parameters
            )
        )
    system = System(
        id=source.id,
        name=text_of(source.name) if source.name else entry.name,
        level=source.level,
        owner=source.owner,
        operator=source.operator,
        site=site.id,
        catalogue=entry.id,
        components=tuple(components),
        dossier=source.dossier,
    )
    return SystemDraft(system, entry, tuple(placements), index)


def _zone(
    context: Context, way: Way, spec: ComponentSpec, given: ComponentSource, site: SiteDraft
) -> str:
    kind = given.zone or spec.zone or "app"
    if kind not in site.settings.zones:
        message = _('{component} needs the zone "{zone}", and the site {site} has none',
                    component=spec.role, zone=kind, site=site.id)  # fmt: skip
        place = context.document.at((*way, "zone") if given.zone else (*way, "catalogue"))
        hint = _('add "{zone}" to the zones of the site kind {kind}', zone=kind, kind=site.kind)
        context.problems.add(place, message, hint=hint)
    return f"{site.id}/{kind}"


def _parameters(
    context: Context, way: Way, spec: ComponentSpec, given: ComponentSource
) -> dict[str, str]:
    for key, value in given.parameters.items():
        place = context.document.at((*way, "parameters", key))
        if key not in spec.parameters:
            message = _('{component} has no parameter "{name}"', component=spec.role, name=key)
            place = context.document.at_key((*way, "parameters", key))
            context.problems.unknown(place, message, key, spec.parameters)
        elif not re.fullmatch(spec.parameters[key].pattern, value):
            message = _('"{value}" cannot be used here', value=value[:60])
            pattern = _("text that matches {pattern}", pattern=spec.parameters[key].pattern)
            context.problems.add(place, message, expected=pattern)
    return {
        key: given.parameters.get(key, parameter.default)
        for key, parameter in sorted(spec.parameters.items())
    }
