"""What an estate asks for beyond its baselines: in verdicts, in reports, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from govctl.estate.frozen import Text
from govctl.estate.model import Estate, Machine
from govctl.estate.tailored import Addition, Change, Tailoring
from govctl.reports.requirements import of_tier, outcome
from govctl.reports.tree import Tree
from govctl.texts import msg
from policies.catalogue import checks
from policies.conditions import Traces
from policies.context import context_of
from policies.model import Finding
from policies.requirements import load
from policies.rollup import RequirementResult
from policies.tailoring import baselines_of
from policies.values import resolve
from tests.reports import examples

CHECKS = {check.id: check for check in checks()}
GUEST = Addition(
    key="own.guest", clause="QĐ 15 4.2", text=Text(vi="Khách", en="Guests"), levels=(3,),
    threshold="", period="Y", evidence="document", group="own",
)  # fmt: skip


def _entry(
    *changes: Change,
    unit: str | None = None,
    system: str | None = None,
    adds: tuple[Addition, ...] = (),
    has_no: Mapping[str, str] | None = None,
) -> Tailoring:
    return Tailoring(unit=unit, system=system, changes=changes, additions=adds, has_no=has_no or {})


def _estate(*entries: Tailoring) -> Estate:
    return examples.changed(
        examples.estate(), tailoring=entries, baselines=("tcvn14423-2026", "qcvn12-2026")
    )


def _portal(estate: Estate) -> Machine:
    return next(one for one in estate.machines if one.system == "portal")


def _results(
    estate: Estate, *findings: Finding, seen: dict[str, Traces] | None = None
) -> dict[tuple[str, str], RequirementResult]:
    run = replace(examples.run(estate, {}), findings=findings,
                  targets=tuple(finding.target for finding in findings))  # fmt: skip
    tree = Tree(run, estate)
    baselines = [load(name) for name in estate.baselines]
    baselines += [one for one in baselines_of(estate) if one.id == estate.id]
    groups = of_tier(tree.tiers[0], tree, baselines, checks(), seen)
    return {(row.requirement.baseline, row.requirement.key): row
            for group in groups for row in group.rows}  # fmt: skip


def test_a_stricter_value_judges_and_says_whose_it_is() -> None:
    length = Change(
        key="acc.password.length", threshold="password_length_without_mfa>=16 characters"
    )
    estate = _estate(_entry(length, system="portal"))
    machine = _portal(estate)
    args, whose = resolve(CHECKS["pam-password-length"], context_of(estate, machine))
    assert args["minimum"] == 16
    assert whose[0].endswith(", system portal)")
    assert whose[0].startswith("minimum 16 (tcvn14423-2026:5.6.2.2 b")
    other = next(one for one in estate.machines if one.system != "portal")
    args, whose = resolve(CHECKS["pam-password-length"], context_of(estate, other))
    assert (args["minimum"], "system" in whose[0]) == (14, False)


def test_a_change_counts_at_its_levels_only() -> None:
    change = Change(key="log.retention", threshold="log_retention>=24 months", levels=(3,))
    tcvn = baselines_of(_estate(_entry(change)))[0]
    row, untouched = tcvn.find(3, "log.retention"), tcvn.find(5, "log.retention")
    assert row is not None
    assert row.threshold == "log_retention>=24 months; near_full_alarm==true"
    assert row.tailored == ("log_retention>=24 months (estate)",)
    assert untouched == load("tcvn14423-2026").find(5, "log.retention")


def test_an_estate_that_changes_nothing_has_the_shipped_tables() -> None:
    assert baselines_of(_estate()) == (load("tcvn14423-2026"), load("qcvn12-2026"))


def test_a_requirement_of_ones_own_is_shown_and_waits_for_a_person() -> None:
    estate = _estate(_entry(adds=(GUEST,)))
    result = _results(estate)[estate.id, "own.guest"]
    assert result.status == "not-evaluated"
    assert result.requirement.id == f"{estate.id}:QĐ 15 4.2"


def test_nobody_is_released_from_what_the_law_requires() -> None:
    out = Change(key="risk.process", left_out="it comes in 2028")
    result = _results(_estate(_entry(out)))["tcvn14423-2026", "risk.process"]
    assert result.status == "not-evaluated"
    assert "asks for it all the same: it comes in 2028 (estate)" in result.reason.render("en")


def test_a_failure_of_what_is_left_out_stays_a_failure() -> None:
    estate = _estate(_entry(Change(key="log.ntp", left_out="it comes in 2028")))
    machine = next(one for one in estate.machines if estate.level_of(one) == 3)
    failed = Finding(machine.id, "time-daemon", "fail", "high", msg(""), (), (), {})
    tree = Tree(
        replace(examples.run(estate, {}), findings=(failed,), targets=(machine.id,)), estate
    )
    statuses = {row.status for tier in tree.tiers
                for group in of_tier(tier, tree, [load("tcvn14423-2026")], checks())
                for row in group.rows if row.requirement.key == "log.ntp"}  # fmt: skip
    assert "fail" in statuses


@pytest.mark.parametrize("key", ["cfg.mdm", "cfg.remote-wipe"])
def test_what_the_estate_does_not_have_is_not_due_with_its_word_as_proof(key: str) -> None:
    estate = _estate(_entry(has_no={"mobile devices": "none may connect"}))
    result = _results(estate)["qcvn12-2026", key]
    assert (result.status, outcome(result)) == ("not-applicable", "not-applicable")
    assert result.evidence == ("estate: none may connect",)
    without = _results(_estate())["qcvn12-2026", key]
    assert (without.status, outcome(without)) == ("not-evaluated", None)


def test_the_word_of_one_unit_does_not_speak_for_another() -> None:
    estate = _estate(_entry(system="portal", has_no={"mobile devices": "none may connect"}))
    assert _results(estate)["qcvn12-2026", "cfg.mdm"].status == "not-evaluated"
