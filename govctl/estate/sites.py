"""Sites: which units have one, and what each has after kinds, overrides and entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from govctl.estate.catalogue import BRIDGE
from govctl.estate.context import Context, Layer, Origin
from govctl.estate.frozen import Text
from govctl.estate.layout import ZONES
from govctl.estate.model import Link, Unit
from govctl.estate.overrides import check_overrides
from govctl.estate.source import BridgePointSource, LimitsSource, LinkSource, Settings
from govctl.estate.units import Draft, text_of
from govctl.estate.values import LABEL_RULE, is_label
from govctl.estate.yamlfile import Way
from govctl.texts import _

FIELDS = tuple(Settings.model_fields)
"""What settings can say."""
OUTSIDE = ("tslcd",)
"""Networks that a link may lead to beside the estate's sites."""


class SiteSettings(NamedTuple):
    """Settings after every layer."""

    zones: tuple[str, ...]
    without: Mapping[str, str]
    links: tuple[LinkSource, ...]
    bridge_points: tuple[BridgePointSource, ...]
    limits: LimitsSource | None
    large: bool
    prefix: int | None


@dataclass(slots=True)
class SiteDraft:
    """A site before it has addresses."""

    id: str
    unit: Unit
    kind: str
    name: Text
    hub: bool
    settings: SiteSettings
    way: Way
    links: tuple[Link, ...] = ()


def site_id(unit: Unit) -> str:
    """The id of a unit's own site: `c08515` for the commune 08515, `so-khcn` for an own unit."""
    if unit.code is None:
        return unit.id
    return f"{(unit.tier or 'u')[0]}{unit.code.lower()}"


def plan_sites(context: Context, units: dict[str, Draft]) -> list[SiteDraft]:
    """Every site in the order of its unit; problems of settings are noted."""
    layers = _Layers(context, units)
    found: dict[str, SiteDraft] = {}
    before = len(context.problems.found)
    for site in [*_of_units(context, units, layers), *_listed(context, units, layers)]:
        if site.id in found:
            message = _('the site "{id}" stands twice', id=site.id)
            context.problems.add(context.document.at(site.way), message)
        found.setdefault(site.id, site)
    if len(context.problems.found) > before:
        context.reading.lost.add("sites")
    check_overrides(context, units, found)
    order = {key: position for position, key in enumerate(units)}
    sites = sorted(found.values(), key=lambda site: (order[site.unit.id], site.id))
    _check_hub(context, sites)
    before = len(context.problems.found)
    _check_settings(context)
    if len(context.problems.found) > before:
        context.reading.lost.add("site kinds")
    _resolve_links(context, sites)
    return sites


class _Layers:
    """Lays settings over each other; sites with the same layers share the result."""

    def __init__(self, context: Context, units: dict[str, Draft]) -> None:
        self.context = context
        self.units = units
        self.kinds = context.source.site_kinds
        self.overrides: dict[tuple[str, str], list[Layer]] = {}
        self.cache: dict[tuple[int, ...], tuple[SiteSettings, dict[str, Origin]]] = {}
        self.base = {
            name: Layer(kind, Origin("site kind", name, context.document.at_key(way)), way)
            for name, kind in self.kinds.items()
            for way in [("site kinds", name)]
        }
        for index, override in enumerate(context.source.overrides):
            scope = next(s for s in ("tier", "subtree", "unit", "site") if getattr(override, s))
            target = getattr(override, scope)
            way = context.way("overrides", index)
            origin = Origin("override", f"{scope} {target}", context.document.at(way))
            self.overrides.setdefault((scope, target), []).append(Layer(override, origin, way))

    def settle(self, site: str, kind: str, draft: Draft, own: Layer | None) -> SiteSettings:
        """The settings of a site; where each comes from goes to the context."""
        unit = draft.unit
        layers = [self.base[kind], *self.overrides.get(("tier", unit.tier or ""), ())]
        if self.overrides:
            for above in reversed(self.path(unit.id)):
                layers += self.overrides.get(("subtree", above), ())
        layers += draft.layers
        layers += self.overrides.get(("unit", unit.id), ())
        layers += [own] if own else []
        if len(layers) > 1:
            self.context.ways[site] = tuple(layer.way for layer in layers[1:])
        layers += self.overrides.get(("site", site), ())
        key = tuple(id(layer.settings) for layer in layers)
        if key not in self.cache:
            self.cache[key] = _merge(layers)
        settings, origins = self.cache[key]
        self.context.origins[("site", site)] = origins
        return settings

    def path(self, unit: str) -> list[str]:
        """Ids from a unit up to the top."""
        chain: list[str] = []
        here: str | None = unit
        while here is not None and here not in chain and here in self.units:
            chain.append(here)
            here = self.units[here].unit.parent
        return chain


def _merge(layers: list[Layer]) -> tuple[SiteSettings, dict[str, Origin]]:
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for settings, origin, _way in layers:
        for field in FIELDS:
            value = getattr(settings, field)
            if value is not None:
                values[field] = value
                origins[field] = origin
    zones = values.get("zones", ())
    merged = SiteSettings(
        zones=tuple(kind for kind in ZONES if kind in zones),
        without=dict(sorted(values.get("without", {}).items())),
        links=values.get("links", ()),
        bridge_points=values.get("bridge_points", ()),
        limits=values.get("limits"),
        large=values.get("size") == "large" or getattr(layers[0].settings, "hub", False),
        prefix=values.get("prefix"),
    )
    return merged, origins


def _of_units(context: Context, units: dict[str, Draft], layers: _Layers) -> Iterator[SiteDraft]:
    for draft in units.values():
        if draft.site_kind is None:
            continue
        if not _known_kind(context, draft.site_kind, draft.site_place):
            continue
        key = site_id(draft.unit)
        if not is_label(key):
            message = _('"{value}" cannot be used here', value=key)
            context.problems.add(draft.place, message, expected=LABEL_RULE.render())
            continue
        settings = layers.settle(key, draft.site_kind, draft, None)
        hub = layers.kinds[draft.site_kind].hub
        yield SiteDraft(
            key, draft.unit, draft.site_kind, draft.unit.name, hub, settings, ("units",)
        )


def _listed(context: Context, units: dict[str, Draft], layers: _Layers) -> Iterator[SiteDraft]:
    for index, entry in enumerate(context.source.sites):
        way = context.way("sites", index)
        draft = units.get(entry.unit)
        if draft is None:
            message = _('unknown unit "{id}"', id=entry.unit)
            context.unknown(
                context.document.at((*way, "unit")), message, entry.unit, units, "units"
            )
            continue
        if not _known_kind(context, entry.kind, context.document.at((*way, "kind"))):
            continue
        own = Layer(entry, Origin("site", entry.id, context.document.at(way)), way)
        settings = layers.settle(entry.id, entry.kind, draft, own)
        name = text_of(entry.name) if entry.name else draft.unit.name
        hub = layers.kinds[entry.kind].hub
        yield SiteDraft(entry.id, draft.unit, entry.kind, name, hub, settings, way)


def _known_kind(context: Context, kind: str, place: Any) -> bool:
    if kind in context.source.site_kinds:
        return True
    message = _('unknown site kind "{kind}"', kind=kind)
    context.unknown(place, message, kind, context.source.site_kinds, "site kinds")
    return False


def _check_hub(context: Context, sites: list[SiteDraft]) -> None:
    hubs = [site for site in sites if site.hub]
    place = context.document.at(("site kinds",))
    if len(hubs) > 1:
        listed = ", ".join(site.id for site in hubs[:5])
        message = _("more than one site is a hub: {sites}", sites=listed)
        context.problems.add(place, message, expected=_("exactly one"))
    elif not hubs and not context.reading.lost.intersection(("units", "sites", "site kinds")):
        hint = _("set `hub: true` on the site kind of the data centre")
        context.problems.add(place, _("no site is the hub"), expected=_("exactly one"), hint=hint)
    for hub in hubs[:1]:
        where = context.document.at(("site kinds", hub.kind, "zones"))
        for kind in ("edge", "admin"):
            if kind not in hub.settings.zones:
                message = _('the hub has no zone "{kind}"', kind=kind)
                context.problems.add(where, message, hint=_("its router and govctl stand there"))


def _settings_of(context: Context) -> Iterator[tuple[Way, Settings]]:
    """Everything in the file that carries settings, with the way to it."""
    for name, kind in context.source.site_kinds.items():
        yield ("site kinds", name), kind
    for section in ("units", "sites", "overrides"):
        for index, entry in enumerate(getattr(context.source, section)):
            yield context.way(section, index), entry


def _check_settings(context: Context) -> None:
    bridge = context.catalogue.entries.get(BRIDGE)
    hubs = any(kind.hub for kind in context.source.site_kinds.values())
    for way, settings in _settings_of(context):
        for position, kind in enumerate(settings.zones or ()):
            place = context.document.at((*way, "zones", position))
            if kind not in ZONES:
                message = _('unknown zone kind "{kind}"', kind=kind)
                context.problems.unknown(place, message, kind, ZONES)
            elif kind == "edge" and hubs and not getattr(settings, "hub", True):
                context.problems.add(place, _("only the hub has an edge zone"))
        for kind in settings.without or ():
            if kind not in ZONES:
                message = _('unknown zone kind "{kind}"', kind=kind)
                place = context.document.at_key((*way, "without", kind))
                context.problems.unknown(place, message, kind, ZONES)
        for position, point in enumerate(settings.bridge_points or ()):
            if bridge and point.kind not in bridge.components:
                message = _('unknown kind of bridge point "{kind}"', kind=point.kind)
                place = context.document.at((*way, "bridge points", position, "kind"))
                context.problems.unknown(place, message, point.kind, bridge.components)


def _resolve_links(context: Context, sites: list[SiteDraft]) -> None:
    targets: dict[str, str | None] = dict.fromkeys(OUTSIDE)
    for site in sites:
        targets[site.kind] = None if site.kind in targets else site.id
    ambiguous = {kind for kind, site in targets.items() if site is None} - set(OUTSIDE)
    ends = {name: site or name for name, site in targets.items()} | {s.id: s.id for s in sites}
    for way, settings in _settings_of(context):
        for position, link in enumerate(settings.links or ()):
            place = context.document.at((*way, "links", position, "to"))
            if link.to not in ends:
                message = _('link to unknown site "{id}"', id=link.to)
                names = [*(kind for kind in targets if kind not in ambiguous)]
                names += [site.id for site in sites] if len(sites) < 50 else []
                context.unknown(place, message, link.to, names, "units", "sites", "site kinds")
            elif link.to in ambiguous:
                message = _('several sites are of the kind "{kind}"', kind=link.to)
                context.problems.add(place, message, expected=_("the id of one site"))
    cache: dict[int, tuple[Link, ...]] = {}
    for site in sites:
        key = id(site.settings.links)
        if key not in cache:
            cache[key] = tuple(
                Link(to=ends.get(link.to, link.to), rate=link.rate, path=link.path)
                for link in site.settings.links
            )
        site.links = cache[key]
