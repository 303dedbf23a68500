"""What papers refer to must be in the estate: a security unit, a kind of zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from govctl.estate.context import Context
from govctl.estate.sites import SiteDraft
from govctl.estate.source import OwnUnitSource, RegisterUnitSource
from govctl.estate.systems import SystemDraft
from govctl.estate.units import Draft
from govctl.texts import _


def check_papers(
    context: Context,
    units: Mapping[str, Draft],
    sites: Iterable[SiteDraft],
    systems: Iterable[SystemDraft],
) -> None:
    """Note each reference of a contact or a dossier that leads nowhere."""
    _check_contacts(context, units)
    _check_zones(context, {site.id: site for site in sites}, systems)


def _check_contacts(context: Context, units: Mapping[str, Draft]) -> None:
    for index, entry in enumerate(context.source.units):
        if not isinstance(entry, OwnUnitSource | RegisterUnitSource) or entry.contact is None:
            continue
        key = entry.contact.security_unit
        if key is not None and key not in units:
            message = _('unknown unit "{id}"', id=key)
            place = context.at("units", index, "contact", "security unit")
            shown = [unit for unit in units if not units[unit].grouped]
            context.unknown(place, message, key, shown, "units")


def _check_zones(
    context: Context, sites: Mapping[str, SiteDraft], systems: Iterable[SystemDraft]
) -> None:
    for draft in systems:
        dossier = draft.system.dossier
        known = sites[draft.system.site].settings.zones
        for kind in (dossier and dossier.public_addresses) or ():
            if kind not in known:
                way = context.way("systems", draft.position, "dossier", "public addresses", kind)
                message = _('the site {site} has no zone "{zone}"',
                            site=draft.system.site, zone=kind)  # fmt: skip
                context.problems.unknown(context.document.at_key(way), message, kind, known)
