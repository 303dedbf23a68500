"""Audit rules in parts of machines: what the next boot of Debian 12 would load of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.catalogue import checks
from policies.judge import judge
from scanners.host.facts.audit import RULES, AuditRules
from scanners.host.model import File, Missing
from tests.policies.auditing import rules
from tests.policies.hosts import METAL, host, paths
from tests.scanners.host.raws import file, raw

WATCH = "-w /etc/passwd -p wa -k identity\n"
PART = [
    ({"/etc/audit/rules.d/x.rules": WATCH}, "pass"),
    ({"/etc/audit/rules.d/x.rules": WATCH.rstrip("\n")}, "pass"),
    ({"/etc/audit/audit.rules": WATCH}, "pass"),
    ({"/etc/audit/rules.d/x.rules": "", "/etc/audit/audit.rules": WATCH}, "fail"),
    ({"/etc/audit/rules.d/x.rules": f"#{WATCH}"}, "fail"),
]


@pytest.mark.parametrize(("files", "status"), PART)
def test_a_copy_of_etc_is_judged_as_debian_would_load_it(
    files: dict[str, str], status: str
) -> None:
    there: dict[str, File | str | bytes] = {**files}
    if any("rules.d" in path for path in files):
        there["/etc/audit/rules.d"] = file("/etc/audit/rules.d", None, kind="directory")
    fact = RULES.parse(raw(there))
    assert isinstance(fact, AuditRules)
    assert (fact.installed, fact.machine, fact.is_part) == (True, "x86_64", True)
    check = next(check for check in checks() if check.id == "audit-passwd")
    assert judge(host(METAL, fact), [check])[0].status == status


def test_a_tree_without_a_word_of_auditing_is_not_judged() -> None:
    assert isinstance(RULES.parse(raw({"/etc/passwd": "root:x:0:0::/root:/bin/sh\n"})), Missing)


DPKG = "Package: {name}\nStatus: install ok installed\nArchitecture: {kind}\nVersion: 1:3.0.9-1\n"


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("auditd", "amd64", (True, "x86_64", False)),
        ("auditd", "riscv64", (True, "", False)),
        ("libc6", "arm64", (False, "aarch64", False)),
    ],
)
def test_dpkg_of_a_tree_knows_whether_auditd_is_there(
    name: str, kind: str, expected: tuple[bool, str, bool]
) -> None:
    files = {"/var/lib/dpkg/status": DPKG.format(name=name, kind=kind),
             "/etc/audit/rules.d/x.rules": WATCH}  # fmt: skip
    fact = RULES.parse(raw({**files}))
    assert isinstance(fact, AuditRules)
    assert (fact.installed, fact.machine, fact.is_part) == expected


def test_a_rule_for_a_program_that_is_not_there_yet_is_enough() -> None:
    check = next(check for check in checks() if check.id == "audit-run-setfacl")
    line = "-a always,exit -F path=/usr/bin/setfacl -F perm=x -F auid>=1000 -F auid!=unset -k x\n"
    for text, status in ((line, "pass"), ("", "not-applicable")):
        gone = replace(paths(), asked=("/usr/bin/setfacl",))
        assert judge(host(METAL, rules(text), gone), [check])[0].status == status
    part = replace(rules(""), is_part=True)
    assert judge(host(METAL, part, gone), [check])[0].status == "fail"
