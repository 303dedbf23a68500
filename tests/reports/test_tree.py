"""The tree keeps every machine and says what was not looked at."""

from __future__ import annotations

from dataclasses import replace

from govctl.reports.coverage import coverage
from govctl.reports.map import draw
from govctl.reports.requirements import of_tier
from govctl.reports.tree import Tree, machines_of
from policies.model import Status
from tests.reports import examples

ESTATE = examples.estate()
CHECKS = examples.checks()


def run_of(**statuses: Status) -> Tree:
    """A run with one finding on each machine named (`_` for `-`)."""
    check = CHECKS["sshd-root-login"]
    findings = [
        examples.finding(name.replace("_", "-"), check, status) for name, status in statuses.items()
    ]
    targets = tuple(finding.target for finding in findings)
    run = replace(examples.run(ESTATE, {}), targets=targets, findings=tuple(findings))
    return Tree(run, ESTATE)


def test_every_machine_stands_in_the_tree_whether_looked_at_or_not() -> None:
    tree = run_of(edge="pass")
    assert sorted(tree.targets) == sorted(machine.id for machine in ESTATE.machines)
    assert tree.reach("edge") == "reached"
    assert tree.reach("firewall") == "not-in-run"
    assert tree.coverage.not_in_run == tuple(sorted(set(tree.targets) - {"edge"}))


def test_a_machine_that_says_nothing_is_no_pass() -> None:
    run = replace(examples.run(ESTATE, {}), targets=("edge",), findings=())
    tree = Tree(run, ESTATE)
    assert tree.reach("edge") == "no-result"
    assert tree.coverage.no_result == ("edge",)
    assert tree.coverage.reached == 0
    assert not tree.coverage.complete
    assert tree.root.status == "not-evaluated"


def test_a_target_that_the_estate_does_not_know_is_kept() -> None:
    tree = run_of(edge="pass", ghost="fail")
    assert tree.strangers == ("ghost",)
    assert tree.targets[-1] == "ghost"
    assert tree.tally.counts["fail"] == 1


def test_findings_are_worst_first() -> None:
    check = CHECKS["sshd-root-login"]
    statuses: tuple[Status, ...] = ("pass", "not-evaluated", "fail", "not-applicable")
    findings = [
        examples.finding("edge", replace(check, id=f"c-{status}"), status) for status in statuses
    ]
    light = examples.finding("edge", replace(check, id="light", severity="low"), "fail")
    run = replace(examples.run(ESTATE, {}), findings=(light, *findings))
    order = [finding.check for finding in Tree(run, ESTATE).findings("edge")]
    assert order == ["c-fail", "light", "c-not-evaluated", "c-pass", "c-not-applicable"]


def test_coverage_counts_without_an_estate() -> None:
    run = examples.run(ESTATE, CHECKS, silent=["edge", "firewall"])
    looked = coverage(run)
    assert looked.unreachable == ("edge", "firewall")
    assert looked.reached == len(ESTATE.machines) - 2
    assert looked.not_in_run == ()


def test_a_unit_is_drawn_by_its_worst_open_finding_with_the_worst_on_top() -> None:
    tree = run_of(r_07894="fail", hall_07894="pass", r_07900="unreachable", hall_07900="pass")
    picture = draw(tree)
    assert [(point.unit.id, point.mark) for point in picture.points] == [
        ("25", "not-evaluated"),
        ("07900", "unreachable"),
        ("07894", "fail"),
    ]
    assert [unit.id for unit in picture.unplaced] == ["so-khcn"]
    assert all(0 < point.x < picture.width for point in picture.points)
    assert all(0 < point.y < picture.height for point in picture.points)


def test_north_is_up_and_east_is_right() -> None:
    points = {point.unit.id: point for point in draw(run_of(edge="pass")).points}
    assert points["07894"].y < points["07900"].y
    assert points["07894"].x < points["07900"].x


def test_requirements_follow_the_machines_of_their_tier() -> None:
    tree = run_of(edge="pass", r_07894="fail")
    groups = {
        tier.id: {
            group.key: group
            for group in of_tier(tier, tree, [examples.baseline()], CHECKS.values())
        }
        for tier in tree.tiers
    }
    assert groups["commune"]["accounts"].having("fail") == 1
    assert groups["province"]["accounts"].having("fail") == 0
    assert groups["province"]["physical"].having(None) == 2


def test_machines_of_a_unit_are_those_below_it() -> None:
    unit = next(unit for unit in run_of(edge="pass").units if unit.id == "07894")
    assert sorted(machines_of(unit)) == ["hall-07894", "r-07894"]
