"""Who may decide for whom, on the three tiers that stood until 2025-06-30."""

from __future__ import annotations

from datetime import date

import pytest

from govctl.decisions.scopes import may_approve, may_attest, scope_of, units_above
from govctl.decisions.source import NodeSource
from govctl.estate import load
from govctl.estate.init import create
from govctl.estate.model import Approver, Estate


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    folder = tmp_path_factory.mktemp("tiers") / "estate"
    create(folder, "Phú Thọ", communes=3, day=date(2025, 6, 30))
    found = load(folder)
    assert found.tiers == ("province", "district", "commune")
    return found


def units(estate: Estate, **keys: str) -> frozenset[str]:
    scope = scope_of(estate, NodeSource(**keys), lambda *_wrong: None)
    assert scope is not None
    return scope.units


COMMUNE, DISTRICT, PROVINCE, AGENCY = "08503", "227", "25", "so-khcn"


@pytest.mark.parametrize(
    ("where", "unit", "may"),
    [
        ({"unit": COMMUNE}, DISTRICT, True),
        ({"unit": COMMUNE}, PROVINCE, True),
        ({"unit": COMMUNE}, AGENCY, True),  # the province's own
        ({"unit": COMMUNE}, COMMUNE, False),
        ({"unit": COMMUNE}, "07918", False),
        ({"unit": DISTRICT}, PROVINCE, True),
        ({"unit": DISTRICT}, DISTRICT, False),
        ({"unit": DISTRICT}, COMMUNE, False),
        ({"tier": "commune"}, DISTRICT, True),
        ({"tier": "district"}, DISTRICT, False),
        ({"role": "network-router"}, PROVINCE, False),
        ({"machine": f"r-c{COMMUNE}"}, DISTRICT, True),
        ({"system": "portal"}, PROVINCE, False),
        ({"system": "portal"}, AGENCY, False),
        ({"unit": PROVINCE}, PROVINCE, False),
        ({"unit": AGENCY}, PROVINCE, False),  # of the province, not below it
        ({}, PROVINCE, False),
    ],
)
def test_an_approver_is_of_a_unit_above(
    where: dict[str, str], unit: str, may: bool, estate: Estate
) -> None:
    assert may_approve(estate, "Lê Thị Chi", unit, units(estate, **where)) is may


@pytest.mark.parametrize(
    ("named", "where", "may"),
    [
        (PROVINCE, {}, True),
        (AGENCY, {"system": "portal"}, True),
        (DISTRICT, {"unit": DISTRICT}, True),
        (DISTRICT, {"tier": "commune"}, True),
        (DISTRICT, {}, False),
        (COMMUNE, {"unit": COMMUNE}, True),
        (COMMUNE, {"unit": "07918"}, False),
    ],
)
def test_the_estate_names_approvers_of_a_units_own_level(
    named: str, where: dict[str, str], may: bool, estate: Estate
) -> None:
    known = estate.model_copy(update={"approvers": (Approver(name="Lê Thị Chi", unit=named),)})
    assert may_approve(known, "Lê Thị Chi", named, units(estate, **where)) is may
    if named == PROVINCE:
        assert not may_approve(known, "Lê Thị Hai", named, units(estate, **where))


def test_the_units_above_are_told_nearest_first(estate: Estate) -> None:
    assert units_above(estate, units(estate, unit=COMMUNE)) == (DISTRICT, PROVINCE)
    assert units_above(estate, units(estate)) == ()


@pytest.mark.parametrize(
    ("unit", "where", "may"),
    [
        (COMMUNE, {"unit": COMMUNE}, True),
        (DISTRICT, {"tier": "commune"}, True),
        (COMMUNE, {"unit": DISTRICT}, False),
        ("07918", {"unit": COMMUNE}, False),
        (AGENCY, {"system": "portal"}, True),
        (AGENCY, {}, True),
        (COMMUNE, {"system": "portal"}, False),
    ],
)
def test_a_person_speaks_for_their_unit_and_those_below(
    unit: str, where: dict[str, str], may: bool, estate: Estate
) -> None:
    scope = scope_of(estate, NodeSource(**where), lambda *_wrong: None)
    assert scope is not None
    assert may_attest(estate, unit, scope.machines) is may
