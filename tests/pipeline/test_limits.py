from __future__ import annotations

import pytest

from govctl.errors import UsageError
from govctl.estate import load
from govctl.estate.init import create
from govctl.estate.model import Estate
from govctl.pipeline.limits import KEYS, chosen_machines


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    folder = tmp_path_factory.mktemp("limits") / "estate"
    create(folder, "25", communes=3)
    return load(folder)


def chosen(estate: Estate, *limits: str) -> set[str]:
    return {machine.id for machine in chosen_machines(estate, (), limits)}


@pytest.mark.parametrize("key", KEYS)
def test_the_values_of_each_key_part_the_machines(estate: Estate, key: str) -> None:
    values = {KEYS[key](estate, machine) for machine in estate.machines} - {None}
    assert values
    parts = [chosen(estate, f"{key}={value}") for value in values]
    assert all(parts)
    assert sum(map(len, parts)) == len(set().union(*parts))
    has_one = {m.id for m in estate.machines if KEYS[key](estate, m) is not None}
    assert set().union(*parts) == has_one
    assert chosen(estate, f"{key}={','.join(map(str, values))}") == has_one


def test_keys_narrow_each_other(estate: Estate) -> None:
    communes = chosen(estate, "tier=commune")
    routers = chosen(estate, "role=network-router")
    assert 0 < len(communes & routers) < len(communes)
    assert chosen(estate, "tier=commune", "role=network-router") == communes & routers


def test_a_unit_is_known_by_its_name_and_its_code(estate: Estate) -> None:
    unit = next(unit for unit in estate.units if unit.tier == "commune")
    assert chosen(estate, f"unit={unit.id}") == chosen(estate, f"unit={unit.name.vi}")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("tier=comune", "commune"),
        ("tier=commune,provinse", "province"),
        ("color=red", "keys: tier"),
        ("tier", "KEY=VALUE"),
        ("machine=x", "known are"),
        ("unit=Atlantis", ""),
    ],
)
def test_what_is_misspelt_is_said(estate: Estate, limit: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(estate, limit)
    assert said in f"{refused.value.message} {refused.value.hint}"


def test_nothing_left(estate: Estate) -> None:
    with pytest.raises(UsageError, match="no machine is left"):
        chosen(
            estate,
            "tier=province",
            f"unit={next(u.id for u in estate.units if u.tier == 'commune')}",
        )
