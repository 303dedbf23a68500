"""Where things lie inside the pools: fixed places, so that an address says what it is.

The IPv4 pool in sixteenths:

    0        the network between the sites (wan)
    1–4      large blocks: the hub, and site kinds with `size: large`
    5–15     the other sites' blocks

and a site's block in sixteenths, IPv4 and IPv6 alike:

    0 loopbacks · 1 conference · 2 dmz · 3 app · 4 db · 5 admin · 6 log · 7 media
    8–11 internal · 12–13 wireless · 14 edge · 15 management

Addresses are integers and (integer, prefix length) pairs here: `ipaddress` objects cost too much
when there are tens of thousands.
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """A prefix: its first address as an integer, and its length."""

    base: int
    length: int

    def size(self, bits: int) -> int:
        """How many addresses, of 32 or 128 bits."""
        return 1 << (bits - self.length)


ZONES: dict[str, tuple[int, int]] = {
    "conference": (1, 4),
    "dmz": (2, 4),
    "app": (3, 4),
    "db": (4, 4),
    "admin": (5, 4),
    "log": (6, 4),
    "media": (7, 4),
    "internal": (8, 2),
    "wireless": (12, 3),
    "edge": (14, 4),
    "management": (15, 4),
}
"""Zone kinds: the sixteenth they begin at, and how many bits longer than the site's their IPv4
prefix is. Their order here is the order in which zones are listed."""

SITE6 = 60
"""Length of a site's IPv6 prefix; each zone is a /64 of it."""
LONGEST4 = 26
"""Longest IPv4 prefix of a site: its zones are /30 then, a router and one machine."""
FIRST_MACHINE = 4
"""The first host number of a machine that is no router."""


def normal_length(pool: Block) -> int:
    """Length of an ordinary site's IPv4 prefix: /24 in a /16 or larger pool."""
    return max(24, pool.length + 8)


def large_length(pool: Block) -> int:
    """Length of a large site's IPv4 prefix: sixteen ordinary ones."""
    return normal_length(pool) - 4


def wan4(pool: Block) -> Block:
    """The first sixteenth of the pool."""
    return Block(pool.base, pool.length + 4)


def wan6(pool: Block) -> Block:
    """The first /64 of the pool; its /60 is no site's."""
    return Block(pool.base, 64)


def zone4(site: Block, kind: str) -> Block:
    """A zone's IPv4 prefix in a site's."""
    place, bits = ZONES[kind]
    return Block(site.base + place * (site.size(32) >> 4), site.length + bits)


def zone6(site: Block, kind: str) -> Block:
    """A zone's IPv6 prefix in a site's."""
    return Block(site.base + (ZONES[kind][0] << 64), 64)


def host_range(zone: Block) -> range:
    """Host numbers for machines in an IPv4 zone; 1 to 3 are routers', the last is the controller's.

    In a /29 and longer only 1 is kept for the router.
    """
    size = zone.size(32)
    return range(FIRST_MACHINE, size - 2) if size >= 16 else range(2, size - 1)


def last_host(zone: Block) -> int:
    """The last usable host number of an IPv4 zone."""
    return zone.size(32) - 2
