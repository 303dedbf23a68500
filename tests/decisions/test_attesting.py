"""A person closes what no machine can answer; never what a check denies, and never for long."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from govctl.decisions.model import Decisions
from govctl.decisions.record import attested_of, record
from policies import requirements as baselines
from policies.catalogue import checks
from policies.model import Check, Finding
from policies.requirements import left_to_people
from policies.rollup import RequirementResult, requirements
from tests.decisions.support import NOW, attestation, loaded, put
from tests.reports.examples import finding

BASELINE = baselines.load("tcvn14423-2026")
BY_PEOPLE = "risk.process"
WITH_REST = "acc.inactive"
TARGETS = ("portal-web-1", "r-c07894")


def answering(key: str) -> list[Check]:
    return [check for check in checks() if key in check.answers]


def found(
    decisions: Decisions, key: str, findings: Sequence[Finding] = (), now: datetime = NOW,
    targets: Sequence[str] = TARGETS,
) -> RequirementResult:  # fmt: skip
    attested = attested_of(record(decisions, findings, now))
    every = requirements(
        BASELINE, 3, answering(key), findings, attestations=attested, targets=targets
    )
    return next(row for row in every if row.requirement.key == key)


def stated(folder: Path, *keys: str, **changes: object) -> Decisions:
    words = [f"tcvn14423-2026:{key}" for key in keys]
    put(folder, attestation(requirements=words, **changes), section="attestations")
    return loaded(folder)


def findings(**other: str) -> list[Finding]:
    """Each check that answers the key passes on each target, but for those named."""
    return [
        finding(target, check, other.get(target.partition("-")[0], "pass"))  # type: ignore[arg-type]
        for target in TARGETS for check in answering(WITH_REST)
    ]  # fmt: skip


def test_what_no_check_answers_is_met_by_an_attestation(tmp_path: Path) -> None:
    assert found(Decisions(), BY_PEOPLE).status == "not-evaluated"
    row = found(stated(tmp_path, BY_PEOPLE), BY_PEOPLE)
    assert row.status == "pass"
    said = row.reason.render("en")
    assert said == ("attested by Trần Thị Bình (so-khcn): Quy trình quản lý rủi ro, "
                    "until 2027-11-01T00:00:00+07:00")  # fmt: skip


def test_the_rest_that_checks_leave_is_closed_by_an_attestation(tmp_path: Path) -> None:
    assert WITH_REST in left_to_people()
    decisions = stated(tmp_path, WITH_REST)
    assert found(Decisions(), WITH_REST, findings()).status == "not-evaluated"
    assert found(decisions, WITH_REST, findings()).status == "pass"


@pytest.mark.parametrize("status", ["fail", "unreachable", "not-evaluated"])
def test_an_attestation_counts_for_nothing_against_a_check(status: str, tmp_path: Path) -> None:
    decisions = stated(tmp_path, WITH_REST)
    assert found(decisions, WITH_REST, findings(portal=status)).status == status


def test_a_check_that_did_not_run_is_not_attested_away(tmp_path: Path) -> None:
    assert found(stated(tmp_path, WITH_REST), WITH_REST).status == "not-evaluated"


def test_it_holds_to_the_second_of_its_end(tmp_path: Path) -> None:
    decisions = stated(tmp_path, BY_PEOPLE)
    end = datetime(2027, 10, 31, 17, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert found(decisions, BY_PEOPLE, now=end - second).status == "pass"
    assert found(decisions, BY_PEOPLE, now=end).status == "not-evaluated"
    start = datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert found(decisions, BY_PEOPLE, now=start - second).status == "not-evaluated"


def test_what_is_attested_of_a_part_is_not_attested_of_the_whole(tmp_path: Path) -> None:
    decisions = stated(tmp_path, BY_PEOPLE, at={"system": "portal"})
    assert found(decisions, BY_PEOPLE).status == "not-evaluated"
    assert found(decisions, BY_PEOPLE, targets=["portal-web-1"]).status == "pass"
    assert found(decisions, BY_PEOPLE, targets=[]).status == "not-evaluated"


def test_parts_make_the_whole(tmp_path: Path) -> None:
    word = [f"tcvn14423-2026:{BY_PEOPLE}"]
    put(tmp_path, attestation(requirements=word, at={"system": "portal"}),
        attestation(id="a-2", requirements=word, at={"unit": "07894"}),
        section="attestations")  # fmt: skip
    row = found(loaded(tmp_path), BY_PEOPLE)
    assert row.status == "pass"
    assert row.reason.render("en").endswith("; and 1 more")
    assert [one.id for one in row.attested] == ["a-1", "a-2"]


def test_another_requirement_is_not_attested(tmp_path: Path) -> None:
    decisions = stated(tmp_path, BY_PEOPLE)
    assert found(decisions, "risk.process.review").status == "not-evaluated"


def test_a_document_that_was_changed_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "documents" / "risk.pdf"
    file.parent.mkdir()
    file.write_bytes(b"issued")
    document = {"path": "documents/risk.pdf", "sha256": hashlib.sha256(b"issued").hexdigest()}
    decisions = stated(tmp_path, BY_PEOPLE, document=document)
    assert decisions.attestations[0].document.compared == "same"
    assert found(decisions, BY_PEOPLE).status == "pass"
    file.write_bytes(b"issued anew")
    changed = loaded(tmp_path)
    assert changed.attestations[0].document.compared == "changed"
    assert found(changed, BY_PEOPLE).status == "not-evaluated"
    (told,) = record(changed, [], NOW)["ended"]
    assert (told["id"], told["why"]) == ("a-1", "document changed")
    file.unlink()
    assert found(loaded(tmp_path), BY_PEOPLE).status == "pass"
