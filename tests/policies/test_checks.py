"""Every check owns facts on which it passes and facts on which it fails."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import pytest

from policies.catalogue import checks
from policies.judge import judge
from scanners.host.facts.sshd import Sshd
from tests.policies import cases
from tests.policies.cases.model import Cases
from tests.policies.hosts import Facts, host

CASES: Cases = {}
for _found in iter_modules(cases.__path__):
    _table = getattr(import_module(f"{cases.__name__}.{_found.name}"), "CASES", {})
    assert not CASES.keys() & _table.keys()
    CASES |= _table
CHECKS = {check.id: check for check in checks()}


def _rows(kind: str) -> list[object]:
    return [
        pytest.param(name, facts, id=f"{name}-{number}")
        for name, case in CASES.items()
        for number, facts in enumerate(getattr(case, kind))
    ]


def test_every_check_has_a_passing_and_a_failing_case_and_no_case_is_an_orphan() -> None:
    assert CASES.keys() == CHECKS.keys()
    assert [name for name, case in CASES.items() if not (case.good and case.bad)] == []


@pytest.mark.parametrize(("name", "facts"), _rows("good"))
def test_it_passes(name: str, facts: Facts) -> None:
    finding = judge(host(*facts), [CHECKS[name]])[0]
    assert finding.status == "pass", finding.reason.render("en")


@pytest.mark.parametrize(("name", "facts"), _rows("bad"))
def test_it_fails(name: str, facts: Facts) -> None:
    finding = judge(host(*facts), [CHECKS[name]])[0]
    assert finding.status == "fail", finding.reason.render("en")


@pytest.mark.parametrize(("kind", "status"), [("good", "not-evaluated"), ("bad", "fail")])
def test_nothing_passes_by_files_that_sshd_has_not_read(kind: str, status: str) -> None:
    seen = 0
    for name, case in CASES.items():
        for facts in getattr(case, kind):
            stale = [replace(one, unread=("/etc/ssh/sshd_config",)) if isinstance(one, Sshd)
                     else one for one in facts]  # fmt: skip
            if stale != list(facts):
                assert (judge(host(*stale), [CHECKS[name]])[0].status, name) == (status, name)
                seen += 1
    assert seen > 40
