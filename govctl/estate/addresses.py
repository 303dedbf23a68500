"""Numbers for names: each site's prefixes, each machine's host number, and they stay put.

A name that the ledger knows keeps what it has. Another name prefers the slot that its hash says and
takes the next free one, names in sorted order. So even without a ledger most numbers stay when
something is added or removed; with it, all of them do. Names that are gone keep their entries, so
that an address in use is never given to another machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from govctl.estate import layout
from govctl.estate.layout import Block


class SiteNumbers(NamedTuple):
    """What a site was given."""

    ipv4: Block
    ipv6: Block
    wan: int
    """The host number of its router in the wan."""


@dataclass
class Ledger:
    """Everything ever given, by name."""

    wan4: Block | None = None
    wan6: Block | None = None
    sites: dict[str, SiteNumbers] = field(default_factory=dict)
    hosts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Zone id → machine → host number."""

    def copy(self) -> Ledger:
        """A ledger that can be filled without changing this one."""
        hosts = {zone: dict(numbers) for zone, numbers in self.hosts.items()}
        return Ledger(self.wan4, self.wan6, dict(self.sites), hosts)


class PoolFull(Exception):
    """A pool has no room for a name; `needed` is a prefix length that would do."""

    def __init__(self, pool: str, name: str, needed: int) -> None:
        super().__init__(pool, name, needed)
        self.pool = pool
        self.name = name
        self.needed = needed


def preferred(name: str, slots: int) -> int:
    """The slot that a name would like best: the same on every machine and in every year."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % slots


def mac(estate: str, machine: str, zone: str) -> str:
    """A locally administered unicast MAC address for a machine's leg in a zone."""
    digest = hashlib.blake2b(f"{estate}/{machine}/{zone}".encode(), digest_size=5).hexdigest()
    return "02:" + ":".join(digest[i : i + 2] for i in range(0, 10, 2))


def allocate_sites(
    pool4: Block, pool6: Block, wanted: Sequence[tuple[str, int]], ledger: Ledger
) -> tuple[Block, Block]:
    """Give every site (name, IPv4 prefix length) its numbers; fills the ledger, returns the wan.

    Raises PoolFull when a pool has no room.
    """
    wan = ledger.wan4 = ledger.wan4 or layout.wan4(pool4)
    wan6 = ledger.wan6 = ledger.wan6 or layout.wan6(pool6)
    new = sorted((length, name) for name, length in wanted if name not in ledger.sites)
    if not new:
        return wan, wan6
    used = [wan, *(site.ipv4 for site in ledger.sites.values())]
    space4 = _Space4(pool4, used, max(length for length, _name in new))
    slots6 = _Slots(1 << (layout.SITE6 - pool6.length), start=1)
    used6 = [wan6, *(site.ipv6 for site in ledger.sites.values())]
    slots6.take((block.base - pool6.base) >> (128 - layout.SITE6) for block in used6)
    hosts = _Slots(wan.size(32) - 1, start=2)
    hosts.take(site.wan for site in ledger.sites.values())
    for length, name in new:
        block4 = space4.find(name, length)
        slot6, host = slots6.find(name), hosts.find(name)
        if block4 is None:
            raise PoolFull("ipv4", name, _enough(pool4, new, ledger))
        if slot6 is None:
            raise PoolFull("ipv6", name, pool6.length - 1)
        if host is None:
            raise PoolFull("ipv4", name, pool4.length - 1)
        block6 = Block(pool6.base + (slot6 << (128 - layout.SITE6)), layout.SITE6)
        ledger.sites[name] = SiteNumbers(block4, block6, host)
    return wan, wan6


def allocate_hosts(
    zone: str,
    block: Block,
    names: Iterable[str],
    ledger: Ledger,
    fixed: dict[str, int] | None = None,
) -> dict[str, int]:
    """Host numbers for the machines of a zone; fills the ledger and returns the zone's part.

    `fixed` are numbers that people gave (existing machines); raises PoolFull when the zone is full.
    """
    known = ledger.hosts.setdefault(zone, {})
    known.update(fixed or {})
    new = sorted(name for name in names if name not in known)
    if new:
        hosts = layout.host_range(block)
        slots = _Slots(hosts.stop, start=hosts.start)
        slots.take(known.values())
        for name in new:
            number = slots.find(name)
            if number is None:
                raise PoolFull(zone, name, block.length - 1)
            known[name] = number
    return known


class _Slots:
    """Numbers from `start` to `stop`, the end left out, each given once."""

    def __init__(self, stop: int, start: int = 0) -> None:
        self.start = start
        self.count = max(stop - start, 0)
        self.taken: set[int] = set()

    def take(self, numbers: Iterable[int]) -> None:
        self.taken.update(numbers)

    def find(self, name: str) -> int | None:
        if not self.count:
            return None
        first = preferred(name, self.count)
        for step in range(min(self.count, len(self.taken) + 1)):
            number = self.start + (first + step) % self.count
            if number not in self.taken:
                self.taken.add(number)
                return number
        return None


class _Space4:
    """The IPv4 pool, in grains of the smallest block that anybody has."""

    def __init__(self, pool: Block, used: Sequence[Block], longest: int) -> None:
        self.pool = pool
        self.grain = max(longest, *(block.length for block in used))
        self.taken: set[int] = set()
        for block in used:
            self.taken.update(self._grains(block))

    def _grains(self, block: Block) -> range:
        first = (block.base - self.pool.base) >> (32 - self.grain)
        return range(first, first + (1 << (self.grain - block.length)))

    def find(self, name: str, length: int) -> Block | None:
        """A free block of one length: large ones in sixteenths 1 to 4, others in 5 to 15."""
        sixteenth = self.pool.size(32) >> 4
        large = length <= layout.large_length(self.pool)
        start, stop = (1, 5) if large else (5, 16)
        size = 1 << (32 - length)
        slots = (stop - start) * sixteenth // size
        if not slots:
            return None
        first = preferred(name, slots)
        for step in range(min(slots, len(self.taken) + 1)):
            offset = start * sixteenth + (first + step) % slots * size
            block = Block(self.pool.base + offset, length)
            grains = self._grains(block)
            if self.taken.isdisjoint(grains):
                self.taken.update(grains)
                return block
        return None


def _enough(pool: Block, new: Sequence[tuple[int, str]], ledger: Ledger) -> int:
    """The length of a pool that would hold what is there and what is new."""
    waiting = [length for length, name in new if name not in ledger.sites]
    lengths = [*waiting, *(site.ipv4.length for site in ledger.sites.values())]
    border = layout.large_length(pool)
    large = sum(1 << (32 - length) for length in lengths if length <= border)
    small = sum(1 << (32 - length) for length in lengths if length > border)
    size = pool.size(32) * 2
    while large > size // 4 or small > size * 11 // 16:
        size *= 2
    return 32 - size.bit_length() + 1
