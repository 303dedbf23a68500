"""An accepted risk stays a failure, and is accepted from its first moment to its last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from govctl.decisions.model import Decisions, state_of
from govctl.decisions.record import record
from govctl.decisions.waiving import waive
from govctl.estate.model import Span
from policies.catalogue import checks
from policies.context import context_of
from policies.fixes import fixes
from policies.model import STATUSES, Finding, Status
from policies.rollup import tally
from tests.decisions.support import NAMED, NOW, estate_of, failure, loaded, put, waiver

MACHINE = "r-c07894"
CHECK = "sshd-max-auth-tries"
START = datetime(2026, 10, 31, 17, tzinfo=UTC)
END = datetime(2027, 2, 28, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def waived(
    folder: Path, decisions: Decisions, findings: Sequence[Finding], now: datetime = NOW
) -> list[str | None]:
    estate = estate_of(NAMED, folder)
    contexts = {machine.id: context_of(estate, machine) for machine in estate.machines}
    after = waive(findings, decisions.waivers, checks(), contexts, now)
    assert [replace(one, waiver=None) for one in after] == list(findings)
    return [one.waiver for one in after]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (START - SECOND, None),
        (START, "w-1"),
        (END - SECOND, "w-1"),
        (END - timedelta(microseconds=1), "w-1"),
        (END, None),
        (END + SECOND, None),
    ],
)
def test_it_holds_from_its_start_to_the_second_of_its_end(
    now: datetime, found: str | None, tmp_path: Path
) -> None:
    put(tmp_path, waiver())
    decisions = loaded(tmp_path)
    assert waived(tmp_path, decisions, [failure(MACHINE, CHECK)], now) == [found]


def test_the_moment_is_the_same_in_every_zone(tmp_path: Path) -> None:
    put(tmp_path, waiver(until="2027-02-28T12:00-05:00"))
    (found,) = loaded(tmp_path).waivers
    assert found.end == END
    assert found.holds(END - SECOND) and not found.holds(END)


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "fail"])
def test_only_a_failure_is_accepted(status: Status, tmp_path: Path) -> None:
    put(tmp_path, waiver())
    finding = replace(failure(MACHINE, CHECK), status=status)
    assert waived(tmp_path, loaded(tmp_path), [finding]) == [None]


def test_it_reaches_its_place_and_its_checks_only(tmp_path: Path) -> None:
    put(tmp_path, waiver(checks=[CHECK, "sshd-log-*"]))
    findings = [
        failure(MACHINE, CHECK),
        failure("bp-c07894-hall", "sshd-log-level"),
        failure("r-c07918", CHECK),
        failure("portal-web-1", CHECK),
        failure(MACHINE, "sshd-root-login"),
        failure("stranger", CHECK),
    ]
    found = waived(tmp_path, loaded(tmp_path), findings)
    assert found == ["w-1", "w-1", None, None, None, None]


def test_a_requirement_is_accepted_only_with_all_that_a_check_answers(tmp_path: Path) -> None:
    both = failure(MACHINE, "logging-journal-storage")  # log.sources and log.retention
    one = failure(MACHINE, "logging-journal-compress")  # log.retention
    put(tmp_path, waiver(checks=None, requirements=["log.retention"]))
    assert waived(tmp_path, loaded(tmp_path), [both, one]) == [None, "w-1"]
    put(tmp_path, waiver(checks=None, requirements=["log.retention", "log.sources"]))
    assert waived(tmp_path, loaded(tmp_path), [both, one]) == ["w-1", "w-1"]
    put(tmp_path, waiver(checks=["logging-journal-storage"]))
    assert waived(tmp_path, loaded(tmp_path), [both, one]) == ["w-1", None]


def test_a_clause_means_each_of_its_requirements(tmp_path: Path) -> None:
    put(tmp_path, waiver(checks=None, requirements=["tcvn14423-2026:5.6.2.3"]))
    found = waived(tmp_path, loaded(tmp_path), [failure(MACHINE, "accounts-inactive"),
                                                failure(MACHINE, CHECK)])  # fmt: skip
    assert found == ["w-1", None]


def test_of_several_the_one_that_holds_longest_is_named(tmp_path: Path) -> None:
    put(tmp_path, waiver(), waiver(id="w-2", until="2027-03-02T00:00+07:00"),
        waiver(id="w-3", until="2026-12-01T00:00+07:00"))  # fmt: skip
    assert waived(tmp_path, loaded(tmp_path), [failure(MACHINE, CHECK)]) == ["w-2"]


def test_an_accepted_failure_is_counted_and_not_mended(tmp_path: Path) -> None:
    finding = failure(MACHINE, CHECK, waiver="w-1")
    other = failure(MACHINE, "sshd-root-login")
    counts = tally([finding, other])
    assert (counts.counts["fail"], counts.waived, counts.status) == (2, 1, "fail")
    rows = fixes([finding, other], checks())
    assert [row["id"] for role in rows.values() for row in role] == ["sshd-root-login"]
    assert fixes([finding], checks()) == {}


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (START - SECOND, "coming"),
        (START, "holding"),
        (END - timedelta(days=30) - SECOND, "holding"),
        (END - timedelta(days=30), "expiring"),
        (END - SECOND, "expiring"),
        (END, "expired"),
    ],
)
def test_each_moment_has_one_state(now: datetime, state: str, tmp_path: Path) -> None:
    put(tmp_path, waiver())
    (found,) = loaded(tmp_path).waivers
    assert state_of(found, now) == state
    assert state_of(found, END - SECOND, Span(days=1)) == "expiring"


def test_the_record_of_a_run_has_what_held_and_what_had_ended(tmp_path: Path) -> None:
    put(tmp_path, waiver(), waiver(id="w-2", until="2026-11-20T00:00+07:00"),
        waiver(id="w-3", from_="2026-12-01T00:00+07:00"),
        waiver(id="w-4", from_="2026-01-01T00:00Z", until="2026-08-01T00:00Z"))  # fmt: skip
    findings = [failure(MACHINE, CHECK, waiver="w-1"), failure("portal-web-1", CHECK)]
    found = record(loaded(tmp_path), findings, NOW)
    assert [(one["id"], one["findings"]) for one in found["waivers"]] == [("w-1", 1)]
    assert [(one["id"], one["why"]) for one in found["ended"]] == [("w-2", "expired")]
    assert found["scopes"] == {"unit=07894": ["bp-c07894-hall", MACHINE]}
    assert record(Decisions(), findings, NOW) == {}
