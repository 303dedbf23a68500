"""Overrides: whom they are for has to be in the estate, or they would change nothing unseen."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from govctl.estate.context import Context
from govctl.estate.units import Draft, require_unit
from govctl.texts import _


def check_overrides(context: Context, units: Mapping[str, Draft], sites: Collection[str]) -> None:
    """Note every tier, unit and site of an override that the estate does not have."""
    tiers = context.source.tiers
    for index, override in enumerate(context.source.overrides):
        way = context.way("overrides", index)
        if override.tier is not None and override.tier not in tiers:
            message = _('unknown tier "{tier}"', tier=override.tier)
            context.unknown(context.document.at((*way, "tier")), message, override.tier, tiers)
        for scope in ("subtree", "unit"):
            unit = getattr(override, scope)
            if unit is not None:
                require_unit(context, (*way, scope), unit, units)
        if override.site is not None and override.site not in sites:
            message = _('unknown site "{id}"', id=override.site)
            place = context.document.at((*way, "site"))
            context.unknown(place, message, override.site, sites, "units", "sites", "site kinds")
