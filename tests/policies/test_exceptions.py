"""Recorded exceptions: shown with whose they are and why, and never below what a baseline asks."""

from __future__ import annotations

import pytest

from govctl.estate.frozen import Text
from govctl.estate.model import Argument, Need
from govctl.evidence.encode import FindingsReader, FindingsWriter
from govctl.texts import msg
from policies.catalogue import checks
from policies.fixes import fixes
from policies.judge import judge, unreachable
from policies.model import Finding
from policies.requirements import load
from policies.rollup import requirements, tally
from policies.target import TargetContext
from scanners.host.facts.software import Packages
from scanners.host.model import HostFacts
from tests.policies.hosts import METAL, files, host, packages, sshd, sysctl

CHECKS = {check.id: check for check in checks()}
TCVN = load("tcvn14423-2026")


def need(check: str, **arguments: bool | int | str | tuple[str, ...]) -> Need:
    return Need(
        check=check,
        arguments=tuple(Argument(name=name, value=value) for name, value in arguments.items()),
        why=Text(vi="Bộ định tuyến chuyển tiếp", en="A router forwards"),
        whose="network.router",
    )


def one(facts: HostFacts, wanted: Need, **context: object) -> Finding:
    known = TargetContext(needs={wanted.check: wanted}, **context)  # type: ignore[arg-type]
    return judge(facts, [CHECKS[wanted.check]], known)[0]


def forwarding(value: str) -> HostFacts:
    values = {"net.ipv4.ip_forward": value}
    return host(METAL, sysctl(values, values))


def test_an_exception_is_not_applicable_with_whose_it_is_and_why() -> None:
    finding = one(host(packages("nfs-kernel-server")), need("service-nfs"))
    assert (finding.status, finding.exception) == ("not-applicable", "network.router")
    assert finding.reason.render("en") == "recorded exception of network.router: A router forwards"
    assert "Bộ định tuyến chuyển tiếp" in finding.reason.render("vi")


@pytest.mark.parametrize(("found", "status"), [("1", "pass"), ("0", "fail")])
def test_another_value_is_judged_and_said(found: str, status: str) -> None:
    finding = one(forwarding(found), need("sysctl-ipv4-forward", values=("1",)))
    assert (finding.status, finding.exception) == (status, "network.router")
    assert finding.values == ("values 1 (needed by network.router)",)
    assert "(recorded exception of network.router: A router forwards)" in finding.reason.render(
        "en"
    )
    assert "Bộ định tuyến chuyển tiếp" in finding.reason.render("vi")


def test_the_fix_makes_what_is_needed() -> None:
    wanted = need("sysctl-ipv4-forward", values=("1",))
    context = TargetContext(needs={wanted.check: wanted})
    check = CHECKS[wanted.check]
    found = judge(forwarding("0"), [check], context)
    assert fixes(found, [check], context)["sysctl"][0]["values"] == ("1",)


@pytest.mark.parametrize(("asked", "seconds", "excepted"), [(900, 300, False), (120, 120, True)])
def test_a_threshold_of_a_baseline_is_not_loosened(
    asked: int, seconds: int, excepted: bool
) -> None:
    wanted = need("sshd-keepalive", seconds=asked)
    facts = host(sshd(clientaliveinterval="200", clientalivecountmax="3"))
    finding = one(facts, wanted, level=3, baselines=(TCVN,))
    assert finding.status == "fail"
    assert finding.values[0].startswith(f"seconds {seconds} (")
    assert bool(finding.exception) is excepted


def test_what_this_run_sets_wins_and_then_it_is_no_exception() -> None:
    wanted = need("sshd-max-auth-tries", maximum=6)
    facts = host(sshd(maxauthtries="6"))
    assert one(facts, wanted).status == "pass"
    finding = one(facts, wanted, values={"ssh_max_auth_tries": "2"})
    assert (finding.status, finding.exception) == ("fail", "")


def test_what_the_estate_or_a_profile_sets_gives_way() -> None:
    wanted = need("sshd-max-auth-tries", maximum=6)
    finding = one(host(sshd(maxauthtries="6")), wanted, estate={"ssh_max_auth_tries": "2"})
    assert (finding.status, finding.exception) == ("pass", "network.router")


def test_a_machine_that_nobody_reached_is_no_exception() -> None:
    wanted = need("service-nfs")
    context = TargetContext(needs={wanted.check: wanted})
    finding = unreachable("box", [CHECKS[wanted.check]], msg("no answer"), context)[0]
    assert (finding.status, finding.exception) == ("unreachable", "")


def test_a_check_that_is_not_due_for_want_of_its_package_is_no_exception() -> None:
    wanted = need("cron-allow", names=("an",))
    finding = one(host(Packages({}, {}), files({})), wanted)
    assert (finding.status, finding.exception) == ("not-applicable", "")


def test_exceptions_are_counted_and_requirements_say_so() -> None:
    wanted = need("sysctl-ipv4-forward")
    check = CHECKS[wanted.check]
    context = TargetContext(level=3, baselines=(TCVN,), needs={wanted.check: wanted})
    found = judge(forwarding("1"), [check], context)
    assert tally(found).excepted == 1
    rows = {row.requirement.key: row for row in requirements(TCVN, 3, [check], found)}
    row = rows["cfg.services-off"]
    assert row.status == "not-applicable"
    assert "1 by recorded exceptions" in row.reason.render("en")


def test_evidence_keeps_whose_exception_it_was() -> None:
    findings = [one(forwarding("1"), need("sysctl-ipv4-forward", values=("1",))),
                one(host(packages()), need("service-nfs"))]  # fmt: skip
    writer = FindingsWriter()
    line = writer.target("box", findings)
    assert sorted(FindingsReader(writer.rows()).target(line), key=lambda f: f.check) == sorted(
        findings, key=lambda f: f.check
    )
