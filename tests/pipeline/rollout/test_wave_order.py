"""Which machines go in which wave."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govctl.errors import UsageError
from govctl.estate.model import Limits, Machine
from govctl.pipeline.rollout.wave_order import is_core
from govctl.pipeline.rollout.waves import (
    parse_budget,
    parse_waves,
)
from govctl.texts import use_language

KINDS: dict[str, Literal["site-router", "bridge-point"]] = {
    "network-router": "site-router",
    "bridge-baresip": "bridge-point",
}


def machine(name: str, role: str) -> Machine:
    return Machine(
        id=name, site="p25", unit="25", system=None, component=None, role=role,
        kind=KINDS.get(role, "server"), interfaces=(), limits=Limits(memory=1, cpu=1, disk=1),
    )  # fmt: skip


def machines(*roles: str) -> list[Machine]:
    """`portal-web*3`: three of that role, `portal-web-1` and so on."""
    made = []
    for words in roles:
        role, _, count = words.partition("*")
        made += [machine(f"{role}-{i}", role) for i in range(1, int(count or 1) + 1)]
    return made


def split(text: str, *roles: str) -> list[list[str]]:
    return [[m.id for m in wave] for wave in parse_waves(text).split(machines(*roles))]


@pytest.mark.parametrize(
    ("text", "roles", "sizes"),
    [
        ("100%", ["app-web*7"], [7]),
        ("1,100%", ["app-web*7"], [1, 6]),
        ("1,5%,25%,100%", ["app-web*300"], [1, 14, 60, 225]),
        ("1,5%,25%,100%", ["app-web*30"], [1, 1, 5, 23]),
        ("1,5%,25%,100%", ["app-web*3"], [1, 1, 1]),
        ("1,5%,25%,100%", ["app-web*2"], [1, 1]),
        ("1,5%,25%,100%", ["app-web"], [1]),
        ("10,20,100%", ["app-web*5"], [5]),
        ("2.5%,100%", ["app-web*80"], [2, 78]),
        ("99%,100%", ["app-web*2"], [1, 1]),
        # Three of four would be the whole of one role: the wave takes less than it may.
        ("75%,100%", ["app-web*2", "mail-relay*2"], [2, 2]),
        ("1,100%", [], []),
    ],
)
def test_a_wave_goes_as_far_as_its_share_and_takes_one_machine_at_least(
    text: str, roles: list[str], sizes: list[int]
) -> None:
    assert [len(wave) for wave in split(text, *roles)] == sizes


@pytest.mark.parametrize(
    ("roles", "canary"),
    [
        (["app-web", "bridge-baresip*3", "network-router*5"], "bridge-baresip-1"),
        (["portal-web*2", "bridge-baresip*3"], "bridge-baresip-1"),
        (["portal-web*2", "portal-db"], "portal-web-1"),
        (["portal-db", "infrastructure-dns*2", "network-router*9"], "portal-db-1"),
        # Nothing but what everything leans on is left: then one that has others beside it.
        (["infrastructure-dns", "infrastructure-log", "network-router*2"], "network-router-1"),
    ],
)
def test_the_canary_is_the_least_harmful_machine(roles: list[str], canary: str) -> None:
    assert split("1,100%", *roles)[0] == [canary]


def test_the_first_wave_takes_nothing_that_everything_leans_on() -> None:
    roles = ["portal-web", "bridge-baresip*2", "infrastructure-dns", "network-router*6"]
    assert split("50%,100%", *roles)[0] == ["bridge-baresip-1", "portal-web-1"]


def test_roles_are_spread_over_the_waves() -> None:
    roles = {"portal-web": 2, "bridge-baresip": 8, "network-router": 8, "mail-db": 1}
    waves = split("1,50%,100%", *(f"{role}*{count}" for role, count in roles.items()))
    of_role = {r: [sum(name.startswith(r) for name in wave) for wave in waves] for r in roles}
    assert of_role == {
        "portal-web": [0, 1, 1],
        "bridge-baresip": [1, 3, 4],
        "network-router": [0, 4, 4],
        "mail-db": [0, 0, 1],
    }


def test_a_machine_is_alone_only_if_no_other_of_the_estate_has_its_role() -> None:
    there = machines("portal-web*2", "mail-db")
    due = [there[1], there[2]]
    waves = parse_waves("1,100%").split(due, there)
    assert [[m.id for m in wave] for wave in waves] == [["portal-web-2"], ["mail-db-1"]]


ROLES = ["portal-web", "mail-db", "bridge-baresip", "infrastructure-dns", "network-router"]
TEXTS = ["100%", "1,100%", "1,5%,25%,100%", "10%,20%,90%,100%", "3,50%,100%"]


@given(
    st.lists(st.sampled_from(ROLES), max_size=60),
    st.sampled_from(TEXTS),
    st.randoms(use_true_random=False),
)
def test_whatever_the_estate_every_machine_has_its_turn_and_no_role_goes_at_once(
    roles: list[str], text: str, shuffler: random.Random
) -> None:
    estate = [machine(f"{role}-{i}", role) for i, role in enumerate(roles)]
    waves = parse_waves(text).split(estate)
    assert all(waves)
    assert sorted(m.id for wave in waves for m in wave) == sorted(m.id for m in estate)
    for wave in waves[:-1]:
        for role in ROLES:
            whole = [m for m in estate if m.role == role]
            assert len(whole) < 2 or not {m.id for m in whole} <= {m.id for m in wave}
    done = 0
    for number, (wave, share) in enumerate(zip(waves, parse_waves(text).shares, strict=False)):
        assert len(wave) <= max(share.of(len(estate)) - done, 1) or number == len(waves) - 1
        done += len(wave)
    if len(waves) > 1 and not all(map(is_core, estate)):
        assert not any(map(is_core, waves[0]))
    shuffler.shuffle(estate)
    assert parse_waves(text).split(estate) == waves


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", '"" is neither a number of machines nor a percentage', "1,5%,25%,100%"),
        ("1,,100%", '"" is neither', "1,5%,25%,100%"),
        ("1,many,100%", '"many" is neither', "1,5%,25%,100%"),
        ("-1,100%", '"-1" is neither', "1,5%,25%,100%"),
        ("1,101%", '"101%" is neither', "1,5%,25%,100%"),
        ("٣,100%", '"٣" is neither', "1,5%,25%,100%"),
        ("0,100%", '"0" is a wave of no machine', "1,5%,25%,100%"),
        ("0%,100%", '"0%" is a wave of no machine', "1,5%,25%,100%"),
        ("1,5%", "the last wave has to be 100%", "1,5%,25%,100%"),
        ("300", "the last wave has to be 100%", "1,5%,25%,100%"),
        ("5%,5%,100%", "do not rise", "1,5%,25%,100%"),
        ("1,25%,5%,100%", "do not rise", "1,5%,25%,100%"),
        ("100%,100%", "do not rise", "1,5%,25%,100%"),
    ],
)
def test_wrong_waves_are_refused_with_an_example(text: str, message: str, hint: str) -> None:
    use_language("en")
    with pytest.raises(UsageError) as caught:
        parse_waves(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "total", "borne"), [("0", 9, 0), ("2", 9, 2), ("5%", 60, 3), ("5%", 10, 0)]
)
def test_a_budget_is_a_number_or_a_part_rounded_down(text: str, total: int, borne: int) -> None:
    assert parse_budget(text).of(total) == borne


@pytest.mark.parametrize("text", ["", "x", "-1", "1,2", "120%"])
def test_wrong_budgets_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_budget(text)


# The run itself
