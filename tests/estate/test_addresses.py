"""Addresses never overlap and stay put, whatever comes, goes or moves."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govctl.estate import layout
from govctl.estate.addresses import Ledger, PoolFull, allocate_hosts, allocate_sites, mac, preferred
from govctl.estate.layout import ZONES, Block

POOL4 = Block(0x0A190000, 16)
POOL6 = Block(0xFD250025 << 96, 48)
names = st.sets(st.from_regex(r"[a-z][0-9]{1,5}", fullmatch=True), max_size=60)
sized = st.dictionaries(
    st.from_regex(r"[a-z][0-9]{1,5}", fullmatch=True),
    st.sampled_from([24, 24, 24, 25, 26, 23]),
    max_size=40,
)


def allocated(wanted: dict[str, int], ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or Ledger()
    allocate_sites(POOL4, POOL6, sorted(wanted.items()), ledger)
    return ledger


def assert_apart(blocks: list[Block], bits: int) -> None:
    for first, second in pairwise(sorted(blocks)):
        assert first.base + first.size(bits) <= second.base


@given(sized)
@settings(max_examples=60, deadline=None)
def test_blocks_lie_in_the_pool_and_never_overlap(wanted: dict[str, int]) -> None:
    ledger = allocated(wanted)
    assert ledger.wan4
    assert ledger.wan6
    sites = ledger.sites.values()
    assert_apart([ledger.wan4, *(site.ipv4 for site in sites)], 32)
    assert_apart([ledger.wan6, *(site.ipv6 for site in sites)], 128)
    assert len({site.wan for site in sites} | {1}) == len(ledger.sites) + 1
    for name, site in ledger.sites.items():
        assert site.ipv4.length == wanted[name]
        assert site.ipv4.base % site.ipv4.size(32) == 0
        assert POOL4.base <= site.ipv4.base < POOL4.base + POOL4.size(32)


@given(sized, sized)
@settings(max_examples=60, deadline=None)
def test_what_the_ledger_knows_stays_when_others_come_and_go(
    before: dict[str, int], after: dict[str, int]
) -> None:
    ledger = allocated(before)
    known = dict(ledger.sites)
    allocated(after, ledger)
    for name, numbers in known.items():
        assert ledger.sites[name] == numbers
    assert_apart([site.ipv4 for site in ledger.sites.values()], 32)


@given(names, names)
@settings(max_examples=60, deadline=None)
def test_host_numbers_stay_and_are_never_given_twice(before: set[str], after: set[str]) -> None:
    zone = Block(0x0A190000, 24)
    ledger = Ledger()
    first = dict(allocate_hosts("z", zone, before, ledger))
    second = allocate_hosts("z", zone, after, ledger)
    assert {name: second[name] for name in before} == first
    assert len(set(second.values())) == len(second)
    assert set(second.values()) <= set(layout.host_range(zone))


def test_without_a_ledger_most_sites_keep_their_place_when_one_is_added() -> None:
    wanted = {f"c{number:05d}": 24 for number in range(60)}
    one = allocated(wanted).sites
    two = allocated(wanted | {"c99999": 24}).sites
    assert sum(one[name] == two[name] for name in wanted) >= 55


def test_order_does_not_matter() -> None:
    wanted = [(f"c{number:05d}", 24) for number in range(120)]
    one, two = Ledger(), Ledger()
    allocate_sites(POOL4, POOL6, wanted, one)
    allocate_sites(POOL4, POOL6, wanted[::-1], two)
    assert one == two


def test_zones_of_a_site_are_apart_and_inside_it() -> None:
    site4, site6 = Block(0x0A199400, 24), Block(POOL6.base + (5 << 68), 60)
    zones4 = [layout.zone4(site4, kind) for kind in ZONES]
    zones6 = [layout.zone6(site6, kind) for kind in ZONES]
    assert_apart(zones4, 32)
    assert_apart(zones6, 128)
    for zone in zones4:
        assert zone.base % zone.size(32) == 0
        assert site4.base <= zone.base
        assert zone.base + zone.size(32) <= site4.base + site4.size(32)
    assert all(site6.base < zone.base < site6.base + site6.size(128) for zone in zones6)


def test_a_full_pool_says_how_large_it_should_be() -> None:
    wanted = [(f"c{number:05d}", 24) for number in range(177)]
    with pytest.raises(PoolFull) as caught:
        allocate_sites(POOL4, POOL6, wanted, Ledger())
    assert (caught.value.pool, caught.value.needed) == ("ipv4", 15)
    allocate_sites(Block(0x0A180000, 15), POOL6, wanted, Ledger())


def test_the_whole_country_fits_into_ten() -> None:
    wanted = [(f"c{number:05d}", 24) for number in range(3355)]
    ledger = Ledger()
    allocate_sites(Block(0x0A000000, 8), POOL6, wanted, ledger)
    assert_apart([site.ipv4 for site in ledger.sites.values()], 32)


def test_a_pool_that_grows_moves_nothing() -> None:
    ledger = allocated({f"c{number:05d}": 24 for number in range(150)})
    known = dict(ledger.sites)
    more = [(f"d{number:05d}", 24) for number in range(150)]
    allocate_sites(Block(0x0A180000, 15), Block(0xFD250024 << 96, 47), more, ledger)
    assert known.items() <= ledger.sites.items()
    assert ledger.wan4
    assert ledger.wan6
    sites = ledger.sites.values()
    assert_apart([ledger.wan4, *(site.ipv4 for site in sites)], 32)
    assert_apart([ledger.wan6, *(site.ipv6 for site in sites)], 128)


def test_the_smallest_zone_holds_a_router_and_a_machine() -> None:
    zone = layout.zone4(Block(0x0A199400, layout.LONGEST4), "conference")
    assert zone.length == 30
    assert allocate_hosts("z", zone, ["bp"], Ledger()) == {"bp": 2}
    with pytest.raises(PoolFull):
        allocate_hosts("z", zone, ["one", "two"], Ledger())


def test_hashes_are_the_same_on_every_machine() -> None:
    assert preferred("c08515", 176) == 76
    assert mac("phu-tho", "portal-web-1", "p25/dmz") == mac("phu-tho", "portal-web-1", "p25/dmz")
    assert mac("phu-tho", "portal-web-1", "p25/dmz") != mac("phu-tho", "portal-web-2", "p25/dmz")
