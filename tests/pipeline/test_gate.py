"""The gate: from which severity on, for what is new, below which coverage a scan fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from govctl.evidence.model import Run
from govctl.pipeline.gate import Gate, coverage, failing, failing_in, judge
from govctl.reports.json_report import render_json
from govctl.texts import use_language
from policies.model import Finding, Severity, Status
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks())


def finding(check: str, status: Status, severity: Severity = "medium") -> Finding:
    return replace(RUN.findings[0], target="web", check=check, status=status, severity=severity)


def run(*findings: Finding) -> Run:
    return replace(RUN, findings=findings, probes=())


LOW, HIGH = finding("a", "fail", "low"), finding("b", "fail", "high")
UNKNOWN, GOOD = finding("c", "not-evaluated"), finding("d", "pass")


@pytest.mark.parametrize(
    ("findings", "gate", "code"),
    [
        ([GOOD], Gate(), 0),
        ([LOW], Gate(), 1),
        ([LOW, GOOD], Gate("medium"), 0),
        ([LOW, HIGH], Gate("high"), 1),
        ([HIGH], Gate("critical"), 0),
        ([HIGH], Gate(before=frozenset({("web", "b")})), 0),
        ([HIGH], Gate(before=frozenset({("other", "b")})), 1),
        ([LOW, HIGH], Gate("high", frozenset({("web", "b")})), 0),
        ([replace(HIGH, waiver="w-1")], Gate("high"), 0),
        ([GOOD, UNKNOWN], Gate(min_coverage=50), 0),
        ([GOOD, UNKNOWN], Gate(min_coverage=51), 1),
        ([], Gate(min_coverage=1), 1),
        ([finding("e", "unreachable"), LOW], Gate("high"), 4),
    ],
)
def test_the_exit_code(findings: list[Finding], gate: Gate, code: int) -> None:
    assert judge(run(*findings), gate).exit_code == code


def test_a_service_that_fails_shuts_the_gate() -> None:
    probe = replace(RUN.probes[0], status="fail")
    assert judge(replace(RUN, findings=(GOOD,), probes=(probe,)), Gate("high")).exit_code == 1


def test_coverage_counts_what_was_evaluated_and_not_what_passed() -> None:
    assert coverage([HIGH, GOOD, finding("x", "not-applicable"), UNKNOWN]) == 75
    assert coverage([finding("e", "unreachable")]) == 0


def test_a_run_and_its_json_say_the_same_of_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(render_json(RUN))
    assert failing_in(path) == failing(RUN.findings)
    assert failing(RUN.findings)


def test_a_failure_whose_waiver_ended_is_new(tmp_path: Path) -> None:
    before = run(replace(HIGH, waiver="w-1"), LOW)
    path = tmp_path / "before.json"
    path.write_text(render_json(before))
    assert failing(before.findings) == failing_in(path) == frozenset({("web", "a")})
    assert judge(run(HIGH, LOW), Gate(before=failing(before.findings))).exit_code == 1


def test_severities_are_said_in_the_language_of_the_run() -> None:
    use_language("vi")
    try:
        assert judge(run(HIGH), Gate("high")).reasons[0].values["severity"] == "cao"
    finally:
        use_language("en")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"before\.json:1:2: this is no result of a scan: "),
        ("[]", "this is no result of a scan"),
        (json.dumps({"schema": "govctl/scan/2", "results": []}), "this is no result of a scan"),
        (json.dumps({"schema": "govctl/scan/1", "results": [{}]}), "this is no result of a scan"),
    ],
)
def test_what_is_no_result_of_a_scan_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "before.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        failing_in(path)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*nothing\.json"):
        failing_in(tmp_path / "nothing.json")
