"""`govctl show` in a shell: the estate on one screen."""

from __future__ import annotations

from collections import Counter

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.estate.model import Estate
from govctl.reports.console_parts import ACCENT, name_of, plain_table, tier_word
from govctl.reports.words import KIND_WORDS
from govctl.texts import _


def estate_summary(estate: Estate) -> RenderableType:
    """Units by tier, systems with their levels, machines by kind, addresses."""
    numbers = _(
        "sites: {sites} · zones: {zones} · bridge points: {points} · flows: {flows}",
        sites=len(estate.sites),
        zones=len(estate.zones),
        points=len(estate.bridge_points),
        flows=len(estate.flows),
    )
    return Group(
        Text(name_of(estate.name), style="bold"),
        Text(numbers),
        Text(_("addresses: {ipv4} and {ipv6}", ipv4=estate.ipv4, ipv6=estate.ipv6)),
        Text(_("names: {domain}", domain=estate.domain)),
        Text(),
        _tiers(estate),
        Text(),
        _systems(estate),
        Text(),
        _machines(estate),
    )


def _tiers(estate: Estate) -> RenderableType:
    table = plain_table(_("tier"), _("units"), _("sites"), numbers_from=1)
    units: Counter[str | None] = Counter(unit.tier for unit in estate.units)
    sites: Counter[str | None] = Counter(estate.unit(site.unit).tier for site in estate.sites)
    for tier in estate.tiers:
        table.add_row(tier_word(tier), str(units[tier]), str(sites[tier]))
    if units[None]:
        table.add_row(_("agencies"), str(units[None]), str(sites[None]))
    return table


def _systems(estate: Estate) -> RenderableType:
    table = plain_table(_("system"), _("name"), _("level"), _("owner"), _("machines"))
    for system in estate.systems:
        table.add_row(
            Text(system.id, style=ACCENT),
            Text(name_of(system.name)),
            str(system.level),
            Text(name_of(estate.unit(system.owner).name)),
            str(sum(len(component.machines) for component in system.components)),
        )
    return table


def _machines(estate: Estate) -> RenderableType:
    table = plain_table(_("machines"), _("how many"), numbers_from=1)
    for kind, number in Counter(machine.kind for machine in estate.machines).items():
        table.add_row(KIND_WORDS[kind].render(), str(number))
    table.add_row(_("in all"), str(len(estate.machines)))
    return table
