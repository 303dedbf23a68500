"""An estate that grows and shrinks: only what is new is made, only what is gone is removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from govctl.estate.model import Estate
from stacks.provider.naming import instance_name
from tests.live.estates import LiveEstate, lxc

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

PLACE = "    site: commune-office\n"
COMMUNE = "Phường Việt Trì"


def addresses(estate: Estate) -> dict[str, list[str]]:
    return {m.id: [f"{leg.ipv4} {leg.ipv6}" for leg in m.interfaces] for m in estate.machines}


@pytest.fixture(scope="module")
def grown(province: LiveEstate) -> Iterator[LiveEstate]:
    """The province with one more commune in its description, and without it again."""
    file = province.folder / "estate.yaml"
    text = file.read_text()
    province.edit(PLACE, f"      - {COMMUNE}\n{PLACE}")
    province.govctl("validate")
    yield province
    file.write_text(text)


@pytest.fixture(scope="module")
def newcomers(province: LiveEstate, grown: LiveEstate) -> set[str]:
    unit = next(u for u in grown.described.units if u.name.vi == COMMUNE)
    return {m.id for m in grown.described.machines if m.unit == unit.id}


def test_what_somebody_else_made_under_our_name_is_refused_and_nothing_changes(
    grown: LiveEstate, newcomers: set[str]
) -> None:
    name = instance_name(grown.name, sorted(newcomers)[0])
    before = grown.created()
    lxc("init", "--empty", name, "--storage", "govctl")
    try:
        refused = grown.govctl("up", "--yes", expect=1)
        assert name in refused.err and "was not made by govctl" in refused.err
        assert grown.created() == before
        assert lxc("list", name, "--format", "csv", "-c", "s").strip() == "STOPPED"
    finally:
        lxc("delete", name)


def test_a_new_commune_is_all_that_a_plan_and_an_up_make(
    grown: LiveEstate, newcomers: set[str]
) -> None:
    before, kept = grown.created(), addresses(grown.described)
    plan = " ".join(grown.govctl("plan").out.split())
    assert "2 communes unchanged" in plan
    assert "1 commune new: Việt Trì ward" in plan
    assert "opens and closes no paths" in plan
    document = grown.govctl("plan", "--format", "json").json
    made = {
        change["name"]
        for change in document["changes"]
        if change["operation"] == "create" and change["type"] == "govctl:lxd:Instance"
    }
    assert made == newcomers
    assert not [c for c in document["changes"] if c["operation"] in ("delete", "replace")]

    grown.govctl("up", "--yes")
    after = grown.created()
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {instance_name(grown.name, n) for n in newcomers}
    assert addresses(grown.described) == kept
    assert "nothing to change" in grown.govctl("plan").out


def test_a_commune_that_leaves_takes_only_its_own_with_it(
    grown: LiveEstate, newcomers: set[str]
) -> None:
    grown.edit(f"      - {COMMUNE}\n", "")
    gone = {instance_name(grown.name, name) for name in newcomers}
    before = grown.created()
    known = addresses(grown.described)
    grown.govctl("up", "--yes")
    after = grown.created()
    assert before.keys() - after.keys() == gone
    assert {name: before[name] for name in after} == after
    assert addresses(grown.described) == known
    pinned = (grown.state / "known_hosts").read_text().splitlines()
    assert len(pinned) == 2 * len(grown.described.machines)
    drift = grown.govctl("drift", "--format", "json").json
    assert drift["drift"] == drift["orphans"] == []
