"""Whether the addresses of `addresses.yaml` can hold: people edit and merge it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from govctl.estate import layout, ledger
from govctl.estate.addresses import SiteNumbers
from govctl.estate.context import Context
from govctl.estate.layout import Block
from govctl.estate.yamlfile import Way
from govctl.texts import _

WAN = "wan"
"""What the network between the sites is called."""


def check_sites(
    context: Context, pool4: Block, pool6: Block, sites: Mapping[str, tuple[int, Way]]
) -> None:
    """Note blocks that do not fit the pools, their sites or each other.

    `sites`: the length of the IPv4 block that each needs, and where it stands in the estate.
    """
    known = {site: context.ledger.sites[site] for site in sites if site in context.ledger.sites}
    for site, given in known.items():
        _check_pools(context, site, given.ipv4, given.ipv6, pool4, pool6)
        length, way = sites[site]
        if given.ipv4.length > length:
            message = _('the site "{site}" has a smaller block already', site=site)
            context.problems.add(
                context.document.at(way), message,
                hint=_("delete its line in addresses.yaml to renumber the site"),
            )  # fmt: skip
        if given.ipv6.length != layout.SITE6:
            _wrong(context, site, _("/{length}", length=layout.SITE6), "sites", site, "ipv6")
    _check_wan(context, pool4, pool6, known)
    _check_overlaps(context, known)


def check_hosts(context: Context, zone: str, block: Block, numbers: Mapping[str, int]) -> None:
    """Note host numbers of a zone's machines that two have, or that no machine may have."""
    hosts = layout.host_range(block)
    owners: dict[int, str] = {}
    for name, number in numbers.items():
        owner = owners.setdefault(number, name)
        if owner != name:
            _twice(context, owner, name, "hosts", zone, name)
        elif number not in hosts:
            expected = _("{first} to {last}", first=hosts.start, last=hosts.stop - 1)
            _wrong(context, name, expected, "hosts", zone, name)


def _check_pools(
    context: Context, name: str, ipv4: Block, ipv6: Block, pool4: Block, pool6: Block
) -> None:
    hint = _("addresses.yaml keeps what runs where it is; delete that file to renumber everything")
    for key, block, pool, bits in (("ipv4", ipv4, pool4, 32), ("ipv6", ipv6, pool6, 128)):
        if not pool.base <= block.base < pool.base + pool.size(bits):
            message = _('"{name}" already has a prefix outside this pool', name=name)
            context.problems.add(context.document.at(("addresses", key)), message, hint=hint)


def _check_wan(
    context: Context, pool4: Block, pool6: Block, known: Mapping[str, SiteNumbers]
) -> None:
    wan4, wan6 = context.ledger.wan4, context.ledger.wan6
    if wan4 is None or wan6 is None:
        return
    _check_pools(context, WAN, wan4, wan6, pool4, pool6)
    routers = range(2, wan4.size(32) - 1)
    for site, given in known.items():
        if given.wan not in routers:
            expected = _("{first} to {last}", first=routers.start, last=routers.stop - 1)
            _wrong(context, site, expected, "sites", site, "wan")


def _check_overlaps(context: Context, known: Mapping[str, SiteNumbers]) -> None:
    wan4, wan6 = context.ledger.wan4, context.ledger.wan6
    blocks4 = [(given.ipv4, name) for name, given in known.items()]
    blocks6 = [(given.ipv6, name) for name, given in known.items()]
    blocks4 += [(wan4, WAN)] if wan4 else []
    blocks6 += [(wan6, WAN)] if wan6 else []
    routers = sorted((given.wan, name) for name, given in known.items())
    for (a, one), (b, two) in pairwise(routers):
        if a == b:
            _twice(context, one, two, "sites", two, "wan")
    for key, bits, blocks in (("ipv4", 32, sorted(blocks4)), ("ipv6", 128, sorted(blocks6))):
        for (first, one), (second, two) in pairwise(blocks):
            if second.base < first.base + first.size(bits):
                _twice(context, one, two, *((WAN,) if two == WAN else ("sites", two)), key)


def _twice(context: Context, one: str, two: str, *way: str) -> None:
    message = _("addresses.yaml gives {one} and {two} the same addresses", one=one, two=two)
    context.problems.add(ledger.place_in(context.folder, *way), message)


def _wrong(context: Context, name: str, expected: str, *way: str) -> None:
    message = _("addresses.yaml gives {name} what cannot be given", name=name)
    context.problems.add(ledger.place_in(context.folder, *way), message, expected=expected)
