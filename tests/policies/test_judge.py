"""Nothing passes for want of data, nothing is lost, and what is not due says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govctl.texts import msg
from policies.catalogue import checks
from policies.families import families
from policies.judge import TargetContext, judge, unreachable
from policies.model import Check, Finding
from policies.requirements import Baseline, load
from scanners.host.facts.accounts import Accounts
from scanners.host.facts.coredump import Coredump
from scanners.host.facts.kernel import Persistent, Sysctl
from scanners.host.facts.pam import Pam
from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.facts.sshd import Sshd
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.model import HostFacts, Missing, Raw
from tests.policies.hosts import (
    CONTAINER,
    METAL,
    TREE,
    account,
    ask,
    files,
    host,
    paths,
    people,
    sshd,
)
from tests.scanners.host.raws import file

CHECKS = {check.id: check for check in checks()}
FACTS = sorted(
    {need for one in families().values() for need in (*one.needs, *one.helps)},
    key=lambda t: t.__name__,
)
TCVN = load("tcvn14423-2026")


def _one(name: str, facts: HostFacts, context: TargetContext | None = None) -> Finding:
    return judge(facts, [CHECKS[name]], context)[0]


@given(st.dictionaries(st.sampled_from(FACTS), st.text(min_size=1, max_size=20)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_check_passes_without_its_facts(missing: dict[type[Any], str]) -> None:
    values: dict[type[Any], object] = {fact: Missing(msg(text)) for fact, text in missing.items()}
    facts = HostFacts("box", "2026-11-22T00:00:00Z", values, Raw({}, {}, True))
    findings = judge(facts, checks())
    assert len(findings) == len(checks())
    assert {one.status for one in findings} <= {"not-evaluated"}


def test_a_missing_fact_gives_its_own_reason() -> None:
    facts = host()
    facts = replace(facts, values={**facts.values, Sshd: Missing(msg("sshd -T took too long"))})
    finding = _one("sshd-root-login", facts)
    assert (finding.status, finding.reason.render("en")) == (
        "not-evaluated",
        "sshd -T took too long",
    )


def test_a_bug_in_a_family_loses_neither_its_check_nor_the_others() -> None:
    broken = Sshd(True, None)  # type: ignore[arg-type]
    findings = judge(host(broken), [CHECKS["sshd-root-login"], CHECKS["package-nis"]])
    assert [one.status for one in findings] == ["not-evaluated", "pass"]
    assert "AttributeError" in findings[0].reason.render("en")


def test_an_unusable_override_is_not_evaluated() -> None:
    context = TargetContext(values={"ssh_max_auth_tries": "many"})
    finding = _one("sshd-max-auth-tries", host(sshd(maxauthtries="3")), context)
    assert finding.status == "not-evaluated"


@pytest.mark.parametrize(
    ("system", "status", "proof"),
    [
        (METAL, "fail", "no file sets"),
        (CONTAINER, "not-applicable", "systemd-detect-virt says lxc"),
        (TREE, "fail", "no file sets"),
        (replace(TREE, virtualisation="docker"), "not-applicable", "/.dockerenv says docker"),
        (Missing(msg("no os-release")), "not-evaluated", "no os-release"),
    ],
)
def test_the_kernels_settings_belong_to_its_owner(
    system: System | Missing, status: str, proof: str
) -> None:
    from tests.policies.hosts import sysctl

    facts = host(sysctl({"kernel.randomize_va_space": "2"}, {}))
    finding = _one("sysctl-aslr", replace(facts, values={**facts.values, System: system}))
    assert finding.status == status
    assert proof in finding.reason.render("en")


def test_a_tree_that_will_run_as_a_container_has_no_kernel_of_its_own() -> None:
    from tests.policies.hosts import sysctl

    facts = host(TREE, sysctl({"kernel.randomize_va_space": "2"}, {}))
    finding = _one("sysctl-aslr", facts, TargetContext(traits=frozenset({"image", "container"})))
    assert finding.status == "not-applicable"


def test_an_image_has_no_firewall_of_its_own_yet() -> None:
    context = TargetContext(traits=frozenset({"image"}))
    finding = _one("firewall-input", host(), context)
    assert (finding.status, finding.reason.render("en")) == (
        "not-applicable",
        "not due: this target is image",
    )


def test_without_a_package_its_check_is_not_due() -> None:
    facts = host(Packages({}, {}), files({}))
    assert _one("cron-allow", facts).status == "not-applicable"


def test_without_an_ssh_server_its_checks_are_not_due() -> None:
    assert _one("sshd-root-login", host(Sshd(False, {}))).status == "not-applicable"


def test_the_threshold_of_the_level_counts_and_says_whose_it_is() -> None:
    at_three = TargetContext(level=3, baselines=(TCVN,))
    facts = host(sshd(clientaliveinterval="200", clientalivecountmax="3"))  # 600 s
    assert _one("sshd-keepalive", facts).status == "pass"
    finding = _one("sshd-keepalive", facts, at_three)
    assert finding.status == "fail"
    assert finding.values == ("seconds 300 (tcvn14423-2026:5.5.2.2 a)",)


def test_the_stricter_of_two_baselines_counts() -> None:
    row = TCVN.find(3, "acc.inactive")
    assert row is not None
    strict = Baseline(
        "local", (replace(row, baseline="local", threshold="inactive_account_disable<=30 days"),)
    )
    context = TargetContext(level=3, baselines=(TCVN, strict))
    from scanners.host.facts.accounts import LoginDefs

    finding = _one("accounts-inactive-default", host(LoginDefs({}, {"INACTIVE": "40"})), context)
    assert finding.status == "fail"
    assert finding.values == (f"maximum 30 (local:{row.clause})",)
    assert finding.requirements == (row.id, f"local:{row.clause}")


@pytest.mark.parametrize("name", ["ssh_max_auth_tries", "sshd_max_auth_tries_value"])
def test_an_override_of_this_run_wins_by_our_name_or_by_a_public_rules(name: str) -> None:
    context = TargetContext(values={name: "2"})
    finding = _one("sshd-max-auth-tries", host(sshd(maxauthtries="3")), context)
    assert finding.status == "fail"
    assert "maximum 2" in finding.values[0]


def test_flows_of_the_estate_say_what_may_listen() -> None:
    from scanners.host.facts.software import Listener, Listeners

    facts = host(Listeners((Listener("udp", "[::]", 30001, "rtpengine"),)))
    context = TargetContext(values={"listeners_allowed": "tcp/22,udp/30000-30999"})
    assert _one("listeners-allowed", facts).status == "fail"
    assert _one("listeners-allowed", facts, context).status == "pass"


def test_an_unreachable_target_has_a_finding_for_every_check() -> None:
    context = TargetContext(level=2, baselines=(TCVN,))
    findings = unreachable("box", checks(), msg("no route to host"), context)
    assert {one.status for one in findings} == {"unreachable"}
    assert [one.check for one in findings] == [one.id for one in checks()]
    assert all(
        one.requirements for one in findings if CHECKS[one.check].answers == ("cfg.lockout",)
    )


def test_a_path_that_nobody_looked_at_is_not_evaluated() -> None:
    assert _one("permissions-shells", host(paths(asked=()))).status == "not-evaluated"
    assert _one("permissions-shells", host(paths())).status == "not-applicable"
    assert _one("permissions-passwd", host(paths())).status == "fail"
    assert _one("cron-allow", host(files({}, asked=()))).status == "not-evaluated"


def test_a_walk_that_was_cut_short_proves_nothing_absent() -> None:
    walk = Walk((), (), (), (), (), complete=False)
    assert _one("walk-unowned", host(walk)).status == "not-evaluated"


def test_a_login_file_that_cannot_be_read_may_say_anything() -> None:
    seen = files({"/etc/profile": "TMOUT=60"})
    assert _one("accounts-shell-timeout", host(seen)).status == "pass"
    hidden = replace(seen, unreadable=frozenset({"/etc/profile.d/z.sh"}))
    assert _one("accounts-shell-timeout", host(hidden)).status == "not-evaluated"


def test_no_pam_service_is_no_pass() -> None:
    assert _one("pam-lockout", host(Pam({}, {}, {}, {}))).status == "not-applicable"


def test_an_option_without_value_or_default_is_not_evaluated() -> None:
    assert ask("sshd.option", {"option": "ciphers", "subset": ["a"]}, sshd()).status == (
        "not-evaluated"
    )


def test_a_check_without_arguments_that_fit_is_kept() -> None:
    check = Check("x-1", "sshd.option", {"option": "x"}, "low", {}, (), {}, None)
    assert judge(host(sshd()), [check])[0].status == "not-evaluated"


def _judged(live: bool, check: str, *facts: object) -> str:
    missing = Missing(msg("the reason"))
    values: dict[type[Any], object] = {System: missing, Packages: missing}
    values |= {type(fact): fact for fact in facts}
    files = {path: file(path, "") for path in ("/etc/systemd/coredump.conf",)}
    there = HostFacts("box", "2026-11-22T00:00:00Z", values, Raw(files, {}, live))
    return _one(check, there).status


@pytest.mark.parametrize(
    ("check", "fact"),
    [
        ("coredump-storage", Coredump({"storage": "none"})),
        ("sysctl-core-dumps", Sysctl(None, {"fs.suid_dumpable": Persistent("0", "/etc/x.conf")})),
        ("service-cups", Units({"cups.service": Unit("cups.service", "masked")}, whole=False)),
        ("sshd-protocol", Sshd(True, {}, source="/etc/ssh/sshd_config")),
    ],
)
def test_a_part_of_a_machine_is_judged_by_what_is_there(check: str, fact: object) -> None:
    assert _judged(False, check, fact) == "pass"


def test_on_a_running_host_what_is_not_known_stays_so() -> None:
    assert _judged(True, "coredump-storage", Coredump({"storage": "none"})) == "not-evaluated"
    assert _judged(True, "sshd-protocol", Sshd(True, {}, source="sshd -T")) == "not-evaluated"


def test_units_that_are_elsewhere_say_nothing() -> None:
    part = Units({}, whole=False)
    assert _judged(False, "service-cups", part) == "not-evaluated"
    assert _judged(False, "logging-journald", part) == "not-evaluated"
    assert _judged(False, "service-netfs", part) == "not-evaluated"


def test_no_password_is_called_good_where_shadow_was_not_kept() -> None:
    part = Accounts(people(account("an")).accounts, (), shadow_known=False)
    asked = ("accounts-empty-password", "accounts-hash-method", "accounts-root-locked",
             "accounts-inactive", "accounts-changed-in-past",
             "accounts-shellless-locked")  # fmt: skip
    for check in asked:
        assert _one(check, host(part)).status == "not-evaluated"
    bad = Accounts(people(account("an", password="none")).accounts, (), shadow_known=False)
    assert _one("accounts-empty-password", host(bad)).status == "fail"
