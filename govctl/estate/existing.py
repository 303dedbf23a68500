"""Machines that are already there and join the estate: an address and a pinned host key."""

from __future__ import annotations

from collections.abc import Container, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from govctl.estate import layout
from govctl.estate.context import Context
from govctl.estate.numbering import Numbered, Segment
from govctl.estate.sites import SiteDraft
from govctl.estate.source import ExistingSource
from govctl.estate.values import ip_address
from govctl.estate.yamlfile import Way
from govctl.texts import _


class Joined(NamedTuple):
    """An existing machine in its zone."""

    source: ExistingSource
    zone: str
    host: int | None
    """Its host number, if its address lies in the zone's prefix."""


def join(
    context: Context, numbered: Numbered, sites: Mapping[str, SiteDraft], systems: Container[str]
) -> list[Joined]:
    """Every existing machine whose place is known; what does not fit is noted."""
    found = []
    for index, source in enumerate(context.source.existing_machines):
        way = context.way("existing machines", index)
        before = len(context.problems.found)
        if source.site not in sites:
            message = _('unknown site "{id}"', id=source.site)
            place = context.document.at((*way, "site"))
            context.unknown(place, message, source.site, sites, "units", "sites", "site kinds")
        elif source.zone not in sites[source.site].settings.zones:
            message = _('the site {site} has no zone "{zone}"', site=source.site, zone=source.zone)
            zones = sites[source.site].settings.zones
            place = context.document.at((*way, "zone"))
            context.problems.unknown(place, message, source.zone, zones)
        if source.system is not None and source.system not in systems:
            message = _('unknown system "{id}"', id=source.system)
            names = [system.id for system in context.source.systems]
            place = context.document.at((*way, "system"))
            context.unknown(place, message, source.system, names, "systems")
        _check_addresses(context, way, source)
        if len(context.problems.found) == before:
            zone = f"{source.site}/{source.zone}"
            host = _host(context, way, source, numbered.segments[zone])
            found.append(Joined(source, zone, host))
    return found


def _check_addresses(context: Context, way: Way, source: ExistingSource) -> None:
    for key, kind, version in (("address", IPv4Address, 4), ("address6", IPv6Address, 6)):
        value = getattr(source, key)
        if value is not None and not isinstance(ip_address(value), kind):
            message = _(
                '"{value}" is not an IPv{version} address', value=value[:60], version=version
            )
            context.problems.add(context.document.at((*way, key)), message)


def _host(context: Context, way: Way, source: ExistingSource, zone: Segment) -> int | None:
    """The host number of an address inside the zone; a number that is somebody's is noted."""
    number = int(IPv4Address(source.address)) - zone.ipv4.base
    if not 0 <= number < zone.ipv4.size(32):
        return None
    place = context.document.at((*way, "address"))
    hosts = layout.host_range(zone.ipv4)
    taken = {other: name for name, other in context.ledger.hosts.get(zone.id, {}).items()}
    if number not in hosts:
        first, last = zone.interface4(hosts.start).ip, zone.interface4(hosts.stop - 1).ip
        message = _("{address} is kept for routers and govctl", address=source.address)
        context.problems.add(
            place, message, expected=_("{first} to {last}", first=first, last=last)
        )
    elif taken.get(number, source.id) != source.id:
        message = _("{address} belongs to {machine}", address=source.address, machine=taken[number])
        context.problems.add(place, message)
    return number
