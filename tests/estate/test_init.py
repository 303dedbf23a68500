"""A new estate: real names, all of a province or a few communes, on two tiers or three."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from govctl.errors import UsageError
from govctl.estate.init import create, pool4
from govctl.estate.loader import FILE, lock
from tests.estate.support import catalogue, load


def made(folder: Path, **options: object) -> Path:
    create(folder, "Phú Thọ", catalogue=catalogue(), **options)  # type: ignore[arg-type]
    return folder


def test_three_communes_are_those_at_the_seat(tmp_path: Path) -> None:
    estate = load(made(tmp_path / "e", communes=3))
    names = [unit.name.vi for unit in estate.units if unit.tier == "commune"]
    assert names == ["Phường Nông Trang", "Phường Vân Phú", "Xã Hy Cương"]
    assert {system.id for system in estate.systems} == {"infrastructure", "conference", "portal"}
    assert len(estate.bridge_points) == 3


def test_all_communes_without_a_number(tmp_path: Path) -> None:
    estate = load(made(tmp_path / "e"))
    assert len(estate.sites) == 149
    assert str(estate.ipv4) == "10.25.0.0/16"


def test_communes_may_be_named(tmp_path: Path) -> None:
    estate = load(made(tmp_path / "e", communes=["Xã Hy Cương", "07894"]))
    assert [site.id for site in estate.sites] == ["p25", "c07894", "c08515"]


def test_the_day_before_the_reform_has_three_tiers(tmp_path: Path) -> None:
    estate = load(made(tmp_path / "e", day=date(2025, 6, 30)))
    assert estate.tiers == ("province", "district", "commune")
    assert len(estate.bridge_points) == len(estate.sites) - 1
    assert {site.kind for site in estate.sites} == {
        "data-centre", "district-office", "commune-office",
    }  # fmt: skip


def test_a_register_of_ones_own_travels_with_the_estate(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "code,parent,tier,kind,name,lat,lon\n7,,province,tỉnh,Tỉnh Phú Thọ,1,1\n"
        "71,7,commune,xã,Xã Một,1,1\n72,7,commune,xã,Xã Hai,5,5\n"
    )
    estate = load(made(tmp_path / "e", communes=1, register_csv=own))
    assert [unit.name.vi for unit in estate.units if unit.tier == "commune"] == ["Xã Một"]
    assert (tmp_path / "e" / "register.csv").read_text() == own.read_text()


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("ນະຄອນຫຼວງວຽງຈັນ", "prefecture-la-vt"),
        ("Møre og Romsdal, nord: {a}", "m-re-og-romsdal-nord"),
        ("No", "no"),
        ("L'Aquila #1", "l-aquila-1"),
        ('Der "Kreis"', "der-kreis"),
    ],
)
def test_names_of_any_country_become_an_estate(tmp_path: Path, name: str, id: str) -> None:
    own = tmp_path / "own.csv"
    quoted = name.replace('"', '""')
    own.write_text(
        "code,parent,tier,kind,name,lat,lon\n"
        f'LA-VT,,prefecture,,"{quoted}",,\nLA-01,LA-VT,district,,"{quoted}",,\n'
        f'LA-011,LA-01,village,,"{quoted}",,\n'
    )
    create(tmp_path / "e", "LA-VT", communes=1, register_csv=own, catalogue=catalogue())
    estate = load(tmp_path / "e")
    assert estate.id == id
    assert estate.name.vi == name
    assert [unit.tier for unit in estate.units if unit.tier] == [
        "prefecture",
        "district",
        "village",
    ]
    assert {unit.name.vi for unit in estate.units if unit.tier} == {name}


def test_addresses_are_recorded_and_state_is_ignored(tmp_path: Path) -> None:
    folder = made(tmp_path / "e", communes=3)
    assert sorted(file.name for file in folder.iterdir()) == [".gitignore", "addresses.yaml", FILE]
    assert not lock(folder, catalogue=catalogue())
    assert "/.govctl/" in (folder / ".gitignore").read_text().splitlines()
    assert [file.name for file in tmp_path.iterdir()] == ["e"]


def test_an_estate_is_never_overwritten(tmp_path: Path) -> None:
    folder = made(tmp_path / "e", communes=3)
    before = (folder / FILE).read_text()
    with pytest.raises(UsageError, match="exists already"):
        made(folder, communes=5)
    assert (folder / FILE).read_text() == before


def test_a_refused_estate_leaves_nothing(tmp_path: Path) -> None:
    for communes in (0, 149, ["Xã Không Có"]):
        with pytest.raises(UsageError):
            made(tmp_path / "e", communes=communes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "sites", "expected"),
    [
        (25, 148, "10.25.0.0/16"),
        (25, 302, "10.24.0.0/14"),
        (79, 168, "10.78.0.0/15"),
        (1, 10035, "10.0.0.0/9"),
    ],
)
def test_the_pool_holds_every_site_with_room_to_grow(
    number: int, sites: int, expected: str
) -> None:
    assert pool4(number, sites) == expected


@pytest.mark.parametrize("province", ["Vĩnh Phúc", "hoa binh", "26"])
def test_a_province_that_a_reform_ended_is_told_where_it_went(
    tmp_path: Path, province: str
) -> None:
    with pytest.raises(UsageError, match="since 2025-07-01 it is part of Tỉnh Phú Thọ") as told:
        create(tmp_path / "e", province, day=date(2026, 1, 1))
    assert told.value.hint is not None
    assert '--province "Phú Thọ", or --as-of 2025-06-30' in told.value.hint
    assert list(tmp_path.iterdir()) == []
    create(tmp_path / "e", province, communes=1, day=date(2025, 6, 30))


def test_a_province_that_never_was_stays_unknown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='has no "Atlantis"'):
        create(tmp_path / "e", "Atlantis", day=date(2026, 1, 1))
