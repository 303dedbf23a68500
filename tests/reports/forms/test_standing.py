"""What counts as met: nothing of which a machine was not looked at, and nothing a person owes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from govctl.pipeline.forms import form_material
from govctl.pipeline.job import Job
from govctl.reports.forms.material import FormMaterial
from govctl.reports.forms.standing import Standing, criteria, standing
from govctl.reports.forms.words import CRITERIA, PARTS, part_of
from policies.model import Requirement, Status
from policies.requirements import Baseline, load, names
from tests.reports.examples import changed
from tests.reports.forms.support import run_of

WEB = "portal-web-1"
Said = Callable[[str, str], Status | None]


def of(
    job: Job, said: Said, key: str = "x.alone", area: str = "máy chủ", level: int = 3
) -> Standing:
    """The portal against a baseline of one requirement, which one check answers in full."""
    material = form_material(job, run_of(job, said))
    check = replace(material.checks["permissions-shadow"], answers=(key,))
    row = Requirement("own", level, key, "1 a", "", {"vi": "Một", "en": "One"}, area=area)
    small = replace(material, checks={check.id: check}, baselines=(Baseline("own", (row,)),))
    return standing(small, small.estate.system("portal"))


@pytest.mark.parametrize(
    ("status", "counted", "met"),
    [
        ("pass", "pass", True),
        ("not-applicable", "not-applicable", True),
        ("fail", "fail", False),
        ("not-evaluated", "not-evaluated", None),
        ("unreachable", "unreachable", None),
    ],
)
def test_a_criterion_is_met_only_by_what_passes_or_is_not_due(
    job: Job, status: Status, counted: Status, met: bool | None
) -> None:
    found = of(job, lambda _target, _check: status)
    assert [row.status for row in found.results] == [counted]
    (one,) = [one for one in criteria(found) if one.criterion.area == "máy chủ"]
    assert (one.total, one.met) == (1, met)


@pytest.mark.parametrize(
    ("area", "silent", "expected"),
    [
        ("máy chủ", WEB, "not-evaluated"),
        ("máy chủ", "firewall", "pass"),
        ("mạng", "firewall", "not-evaluated"),
        ("mạng", "edge", "not-evaluated"),
    ],
)
def test_what_was_not_looked_at_is_not_met(
    job: Job, area: str, silent: str, expected: Status
) -> None:
    found = of(job, lambda target, _check: None if target == silent else "pass", area=area)
    (row,) = found.results
    assert row.status == expected
    if expected == "not-evaluated":
        assert silent in row.reason.render("en")


def test_a_check_that_did_not_ask_every_machine_vouches_for_none(job: Job) -> None:
    def said(target: str, check: str) -> Status | None:
        return None if (target, check) == ("infrastructure-ca-1", "permissions-shadow") else "pass"

    material = form_material(job, run_of(job, said))
    check = replace(material.checks["permissions-shadow"], answers=("x.alone",))
    row = Requirement("own", 3, "x.alone", "1", "", {"vi": "", "en": ""}, area="máy chủ")
    small = replace(material, checks={check.id: check}, baselines=(Baseline("own", (row,)),))
    found = standing(small, small.estate.system("infrastructure"))
    assert found.unseen == ()  # other checks did ask it
    assert [one.status for one in found.results] == ["not-evaluated"]


def test_other_systems_machines_do_not_count(job: Job) -> None:
    found = of(
        job, lambda target, _check: "pass" if target in (WEB, "edge", "firewall") else "fail"
    )
    assert [row.status for row in found.results] == ["pass"]


def test_routers_of_another_level_vouch_for_no_network(job: Job) -> None:
    material = form_material(job, run_of(job, lambda _target, _check: "pass"))
    lower = [
        system.model_copy(update={"level": 2}) if system.id == "portal" else system
        for system in material.estate.systems
    ]
    check = replace(material.checks["permissions-shadow"], answers=("x.alone",))
    rows = tuple(
        Requirement("own", 2, "x.alone", clause, "", {"vi": "", "en": ""}, area=area)
        for clause, area in (("1", "máy chủ"), ("2", "mạng"))
    )
    small = replace(material, estate=changed(material.estate, systems=tuple(lower)),
                    checks={check.id: check}, baselines=(Baseline("own", rows),))  # fmt: skip
    found = standing(small, small.estate.system("portal"))
    assert [row.status for row in found.results] == ["pass", "not-evaluated"]


def test_without_a_run_nothing_is_met(bare: FormMaterial) -> None:
    found = standing(bare, bare.estate.system("portal"))
    assert found.results
    assert {row.status for row in found.results} == {"not-evaluated"}
    assert found.unseen == (WEB,)
    assert all(one.met is None for one in criteria(found))


def test_bridge_points_belong_to_the_system_that_their_flows_lead_to(bare: FormMaterial) -> None:
    conference = standing(bare, bare.estate.system("conference"))
    portal = standing(bare, bare.estate.system("portal"))
    kinds = [machine.kind for machine in conference.network]
    assert kinds.count("bridge-point") == len(bare.estate.bridge_points)
    assert {machine.id for machine in portal.network} == {"edge", "firewall"}


@pytest.mark.parametrize("name", names())
def test_each_requirement_has_a_part_of_the_plan_and_an_area_that_is_known(name: str) -> None:
    known = {one.area for one in CRITERIA} | {"vật lý", ""}
    for row in load(name).requirements:
        assert part_of(row.group, row.area) in PARTS
        assert row.area in known


@pytest.mark.parametrize(
    ("group", "area", "part"),
    [
        ("sdlc", "thiết kế", "a"), ("network", "mạng", "a"), ("accounts", "máy chủ", "b"),
        ("testing", "vận hành", "c"), ("risk", "rủi ro", "d"), ("logs", "máy chủ", "đ"),
        ("monitoring", "mạng", "đ"), ("backup", "dữ liệu", "e"), ("incidents", "vận hành", "e"),
        ("hardware", "kết thúc", "g"), ("data", "thiết kế", "a"),
    ],
)  # fmt: skip
def test_parts_of_the_plan(group: str, area: str, part: str) -> None:
    assert part_of(group, area) == part
