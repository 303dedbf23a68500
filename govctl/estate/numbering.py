"""Sites and zones with their prefixes: the ledger's numbers become networks and gateways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import NamedTuple

from govctl.estate import layout
from govctl.estate.addresses import PoolFull, SiteNumbers, allocate_hosts, allocate_sites
from govctl.estate.context import Context
from govctl.estate.layout import Block
from govctl.estate.model import Site, Zone
from govctl.estate.recorded import WAN, check_hosts, check_sites
from govctl.estate.sites import SiteDraft
from govctl.texts import _


class Segment(NamedTuple):
    """A zone's prefixes as integers, for reckoning."""

    id: str
    kind: str
    site: str | None
    ipv4: Block
    ipv6: Block

    def interface4(self, host: int) -> IPv4Interface:
        """A host's IPv4 address with the zone's prefix length."""
        return IPv4Interface((self.ipv4.base + host, self.ipv4.length))

    def interface6(self, host: int) -> IPv6Interface:
        """A host's IPv6 address with the zone's prefix length."""
        return IPv6Interface((self.ipv6.base + host, self.ipv6.length))


@dataclass
class Numbered:
    """The estate's pools and what was cut from them."""

    pool4: Block
    pool6: Block
    segments: dict[str, Segment]
    sites: tuple[Site, ...]
    zones: tuple[Zone, ...]
    wan_hosts: dict[str, int]
    """Site → host number of its router in the wan."""


def number(context: Context, drafts: list[SiteDraft]) -> Numbered:
    """Give every site and zone its prefixes; InputError if that cannot be done."""
    pool4, pool6 = _pools(context)
    ledger = context.ledger
    if not _fits(context, pool4, pool6, drafts):
        context.problems.fail()
    wanted = [(site.id, _length(site, pool4)) for site in drafts]
    try:
        wan4, wan6 = allocate_sites(pool4, pool6, wanted, ledger)
    except PoolFull as full:
        _too_small(context, full)
        context.problems.fail()
    segments = {WAN: Segment(WAN, WAN, None, wan4, wan6)}
    for site in drafts:
        given = ledger.sites[site.id]
        for kind in site.settings.zones:
            key = f"{site.id}/{kind}"
            ipv4, ipv6 = layout.zone4(given.ipv4, kind), layout.zone6(given.ipv6, kind)
            segments[key] = Segment(key, kind, site.id, ipv4, ipv6)
    hubs = {site.id for site in drafts if site.hub}
    zones = tuple(_zone(segment, hubs) for segment in segments.values())
    sites = tuple(_site(site, ledger.sites[site.id]) for site in drafts)
    wan_hosts = {site.id: 1 if site.hub else ledger.sites[site.id].wan for site in drafts}
    return Numbered(pool4, pool6, segments, sites, zones, wan_hosts)


def hosts_of(
    context: Context, segment: Segment, names: Iterable[str], fixed: dict[str, int] | None = None
) -> dict[str, int]:
    """Host numbers of a zone's machines; a full zone is noted and gives none."""
    names = sorted(set(names))
    try:
        known = allocate_hosts(segment.id, segment.ipv4, names, context.ledger, fixed)
    except PoolFull as full:
        message = _('no room for "{name}" in the zone {zone}', name=full.name, zone=full.pool)
        hint = _("give the site a larger block: `size: large`, or `prefix:`")
        context.problems.add(context.document.at(("site kinds",)), message, hint=hint)
        return {}
    given = {name: known[name] for name in names if name not in (fixed or {})}
    check_hosts(context, segment.id, segment.ipv4, given)
    return known


def _pools(context: Context) -> tuple[Block, Block]:
    source = context.source.addresses
    ipv4, ipv6 = IPv4Network(source.ipv4), IPv6Network(source.ipv6)
    return (
        Block(int(ipv4.network_address), ipv4.prefixlen),
        Block(int(ipv6.network_address), ipv6.prefixlen),
    )


def _length(site: SiteDraft, pool: Block) -> int:
    if site.settings.prefix is not None:
        return site.settings.prefix
    return layout.large_length(pool) if site.settings.large else layout.normal_length(pool)


def _fits(context: Context, pool4: Block, pool6: Block, drafts: list[SiteDraft]) -> bool:
    """Check pools, and what the ledger says of these sites, before anything is cut."""
    before = len(context.problems.found)
    at4 = context.document.at(("addresses", "ipv4"))
    at6 = context.document.at(("addresses", "ipv6"))
    if layout.normal_length(pool4) > layout.LONGEST4:
        message = _("the pool {prefix} is too small", prefix=context.source.addresses.ipv4)
        context.problems.add(at4, message, expected=_("/{length} or larger", length=18))
    if pool6.length > layout.SITE6 - 4:
        message = _("the pool {prefix} is too small", prefix=context.source.addresses.ipv6)
        context.problems.add(at6, message, expected=_("/{length} or larger", length=48))
    lengths = {site.id: (_length(site, pool4), site.way) for site in drafts}
    check_sites(context, pool4, pool6, lengths)
    return len(context.problems.found) == before


def _too_small(context: Context, full: PoolFull) -> None:
    source = context.source.addresses
    prefix = source.ipv4 if full.pool == "ipv4" else source.ipv6
    message = _(
        'the pool {prefix} has no room for the site "{site}"', prefix=prefix, site=full.name
    )
    expected = _("/{length} or larger", length=full.needed)
    context.problems.add(context.document.at(("addresses", full.pool)), message, expected=expected)


def _zone(segment: Segment, hubs: set[str]) -> Zone:
    if segment.site is None or (segment.site in hubs and segment.kind == "edge"):
        gateway = "edge"
    elif segment.site in hubs:
        gateway = "firewall"
    else:
        gateway = f"r-{segment.site}"
    ipv4, ipv6 = segment.ipv4, segment.ipv6
    return Zone(
        id=segment.id,
        site=segment.site,
        kind=segment.kind,
        ipv4=IPv4Network(tuple(ipv4)),
        ipv6=IPv6Network(tuple(ipv6)),
        gateway=gateway,
        gateway4=IPv4Address(ipv4.base + 1),
        gateway6=IPv6Address(ipv6.base + 1),
    )


def _site(draft: SiteDraft, given: SiteNumbers) -> Site:
    return Site(
        id=draft.id,
        unit=draft.unit.id,
        kind=draft.kind,
        name=draft.name,
        ipv4=IPv4Network(tuple(given.ipv4)),
        ipv6=IPv6Network(tuple(given.ipv6)),
        zones=tuple(f"{draft.id}/{kind}" for kind in draft.settings.zones),
        links=draft.links,
        without=draft.settings.without,
        hub=draft.hub,
    )
