"""From findings to machines, units, tiers and requirements: the worst counts, and gaps are told."""

from __future__ import annotations

import pytest

from govctl.texts import msg
from policies.catalogue import checks
from policies.context import context_of, open_ports
from policies.fixes import fixes
from policies.judge import TargetContext, judge
from policies.model import Finding, Status
from policies.requirements import load
from policies.rollup import RequirementResult, requirements, tally, tree, worst
from tests.policies.hosts import host, sshd
from tests.reports.examples import estate

TCVN = load("tcvn14423-2026")
CHECKS = {check.id: check for check in checks()}


def _finding(status: Status, check: str = "sshd-root-login", target: str = "box") -> Finding:
    return Finding(target, check, status, "high", msg(""), (), (), {})


def _result(key: str, *findings: Finding) -> RequirementResult:
    rows = requirements(TCVN, 3, checks(), findings)
    return next(row for row in rows if row.requirement.key == key)


def _all(key: str, status: Status) -> list[Finding]:
    return [_finding(status, check.id) for check in checks() if key in check.answers]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["pass", "fail", "unreachable"], "fail"),
        (["pass", "unreachable", "not-evaluated"], "unreachable"),
        (["pass", "not-evaluated"], "not-evaluated"),
        (["pass", "not-applicable"], "pass"),
        (["not-applicable"], "not-applicable"),
        ([], "not-evaluated"),
    ],
)
def test_the_worst_counts(statuses: list[Status], expected: Status) -> None:
    assert worst(statuses) == expected
    assert tally(_finding(status) for status in statuses).status == expected


def test_a_tree_counts_every_machine_and_those_that_were_seen() -> None:
    of = estate()
    seen = [_finding("pass", target=machine.id) for machine in of.machines[1:]]
    lost = _finding("unreachable", target=of.machines[0].id)
    root = tree(of, [*seen, lost])
    assert (root.machines, root.seen) == (len(of.machines), len(of.machines) - 1)
    assert root.status == "unreachable"
    assert root.tally.total == len(of.machines)
    assert [tier.id for tier in root.children] == list(of.tiers)


def test_machines_without_findings_leave_their_unit_not_evaluated() -> None:
    of = estate()
    root = tree(of, [_finding("pass", target=of.machines[0].id)])
    assert root.status == "not-evaluated"


def test_a_requirement_without_a_check_is_left_to_a_person() -> None:
    result = _result("risk.process")
    assert (result.status, result.checks) == ("not-evaluated", ())


def test_a_requirement_fails_with_one_failure() -> None:
    findings = _all("cfg.lockout", "pass")
    assert (
        _result("cfg.lockout", *findings[1:], _finding("fail", findings[0].check)).status == "fail"
    )


def test_a_requirement_whose_check_did_not_run_is_not_evaluated() -> None:
    assert _result("cfg.lockout", *_all("cfg.lockout", "pass")[1:]).status == "not-evaluated"


def test_all_checks_passing_still_leaves_a_remainder_to_attest() -> None:
    result = _result("cfg.lockout", *_all("cfg.lockout", "pass"))
    assert result.status == "not-evaluated"
    assert result.left is not None
    assert "attest" in result.reason.render("en")


def test_a_kernel_that_belongs_to_somebody_else_answers_nothing() -> None:
    assert _result("mal.exploit", *_all("mal.exploit", "not-applicable")).status == "not-evaluated"


def test_a_machine_answers_to_its_systems_level_and_its_flows() -> None:
    of = estate()
    machine = next(one for one in of.machines if one.system is not None)
    context = context_of(of, machine, values={"x": "1"})
    assert context.level == of.system(machine.system or "").level
    assert {machine.kind, machine.role} <= context.traits
    assert context.values == {"x": "1"}
    assert context.estate == {"listeners_allowed": ",".join(open_ports(of, machine))}


def test_a_machine_answers_to_the_estates_profiles_with_its_values() -> None:
    of = estate().model_copy(update={
        "baselines": ("tcvn14423-2026", "cis-debian12:l1-server"),
        "values": {"ssh_max_auth_tries": "3", "listeners_allowed": "tcp/1"},
    })  # fmt: skip
    context = context_of(of, of.machines[0])
    assert [one.id for one in context.baselines] == ["tcvn14423-2026"]
    assert [one.id for one in context.profiles] == ["cis-debian12:l1-server"]
    assert context.estate == {"ssh_max_auth_tries": "3", "listeners_allowed": "tcp/1"}


def test_a_role_with_a_failure_gets_all_its_rows_that_are_due() -> None:
    chosen = [CHECKS["sshd-root-login"], CHECKS["sshd-max-auth-tries"], CHECKS["package-nis"]]
    context = TargetContext(values={"ssh_max_auth_tries": "3"})
    findings = judge(host(sshd(permitrootlogin="yes", maxauthtries="2")), chosen, context)
    rows = fixes(findings, chosen, context)
    assert list(rows) == ["sshd"]
    assert [row["id"] for row in rows["sshd"]] == ["sshd-root-login", "sshd-max-auth-tries"]
    assert rows["sshd"][1]["maximum"] == 3
    assert set(fixes(findings, chosen, context, every=True)) == {"sshd", "packages"}


def test_nothing_failing_means_nothing_to_do() -> None:
    findings = [_finding("pass"), _finding("not-evaluated", "sshd-pam")]
    assert fixes(findings, checks()) == {}


def test_a_kernels_rows_stay_out_where_nobody_knows_whose_it_is() -> None:
    findings = [_finding("fail", "sysctl-syn-cookies"), _finding("not-evaluated", "sysctl-aslr")]
    assert [row["id"] for row in fixes(findings, checks())["sysctl"]] == ["sysctl-syn-cookies"]


def test_what_is_not_due_is_not_changed() -> None:
    findings = [
        _finding("fail", "sysctl-syn-cookies"),
        _finding("not-applicable", "sysctl-ipv4-forward"),
    ]
    assert [row["id"] for row in fixes(findings, checks())["sysctl"]] == ["sysctl-syn-cookies"]
