"""Finding, counting and explaining what is in an estate."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import UsageError
from govctl.estate.loader import resolve
from govctl.estate.show import (
    TierSummary,
    explain,
    find,
    machines_of,
    resolve_machine,
    resolve_site,
    resolve_unit,
    summary,
)
from tests.estate.support import BASELINES, catalogue, changed, load_text, write


@pytest.mark.parametrize(
    "query", ["08515", "Xã Hy Cương", "hy cương", "hy cuong", "Hy Cương commune"]
)
def test_a_unit_is_found_as_people_name_it(tmp_path: Path, query: str) -> None:
    assert resolve_unit(load_text(tmp_path), query).id == "08515"


def test_what_is_not_there_comes_with_a_suggestion(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    for search, query, near in (
        (resolve_unit, "Xã Hi Cương", "Xã Hy Cương"),
        (resolve_site, "c08516", "c08515"),
        (resolve_machine, "portal-web-2", "portal-web-1"),
        (find, "fierwall", "firewall"),
    ):
        with pytest.raises(UsageError) as caught:
            search(estate, query)
        assert caught.value.hint == f'did you mean "{near}"?'


def test_a_site_is_found_by_its_unit(tmp_path: Path) -> None:
    assert resolve_site(load_text(tmp_path), "Hy Cương").id == "c08515"


def test_machines_of_a_unit_are_those_of_its_subtree(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    assert [m.id for m in machines_of(estate, "08515")] == ["r-c08515", "bp-c08515-hall"]
    assert len(machines_of(estate, "25")) == len(estate.machines)


def test_counts_per_tier(tmp_path: Path) -> None:
    assert summary(load_text(tmp_path)) == (
        TierSummary("province", 1, 1, 7, 0),
        TierSummary("commune", 3, 3, 6, 3),
        TierSummary(None, 1, 0, 0, 0),
    )


def test_an_own_unit_is_explained_with_its_site_though_both_have_one_id(tmp_path: Path) -> None:
    text = changed('parent: "25"}', 'parent: "25", site: commune-office}')
    resolution = resolve(write(tmp_path, text), catalogue=catalogue(), baselines=BASELINES)
    fields = [row.field.render() for row in explain(resolution, "so-khcn")]
    assert fields[0] == "name"
    assert {"site kind", "ipv4", "ipv6"} <= set(fields)


def test_every_value_says_where_it_comes_from(tmp_path: Path) -> None:
    resolution = resolve(write(tmp_path), catalogue=catalogue(), baselines=BASELINES)
    rows = {row.field.render(): (row.value, row.origin) for row in explain(resolution, "c08515")}
    place = f"{tmp_path}/estate.yaml:21:3"
    assert rows["zones"] == ("conference, internal", f"the site kind commune-office ({place})")
    rows = {row.field.render(): (row.value, row.origin) for row in explain(resolution, "Hy Cương")}
    assert rows["name"] == ("Xã Hy Cương", "the register vn-2025-07-01")
    rows = {
        row.field.render(): (row.value, row.origin) for row in explain(resolution, "portal-web-1")
    }
    assert rows["dmz ipv4"][1].startswith("addresses.yaml, number ")
    assert explain(resolution, "portal")
