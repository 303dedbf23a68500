"""Decisions over the reform of 1 July 2025: new names of units, the same machines and text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from govctl.decisions.loader import ATTESTATIONS, WAIVERS
from govctl.errors import InputError
from govctl.estate.init import create
from govctl.estate.loader import FILE, load
from govctl.pipeline.decided import check_decisions
from govctl.pipeline.reforming import reform_all

HEAD = "# Accepted risks, reviewed each month.\nwaivers:\n"
WAIVER = """\
  - id: {id}
    checks: [sshd-max-auth-tries]  # old phones
    at: {at}
    owner: {{name: "Nguyễn Văn An", unit: "{owner}"}}
    approver: {{name: "Trần Thị Bình", unit: "25"}}
    reason: "The old client needs four"
    measure: "Only from zone admin"
    from: {start}
    until: {until}
"""
YEARS = ("2026-11-01T00:00+07:00", "2100-01-01T00:00+07:00")
PAST = ("2024-11-01T00:00+07:00", "2025-01-01T00:00+07:00")
APPROVERS = """\
approvers:
  - {name: Trần Thị Bình, unit: "25"}
  - {name: Lê Thị Chi, unit: "08503"}
"""
ATTESTATION = """\
attestations:
  - id: a-1
    requirements: [risk.process]
    at: estate
    by: {name: "Trần Thị Bình", unit: "08503"}  # of the commune that ends
    document: {title: "Quyết định 12", sha256: "%s"}
    date: 2026-11-01T00:00+07:00
    until: 2027-10-31 +07:00
    statement: "Issued by decision 12"
""" % ("0" * 64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "e", "Phú Thọ", communes=5, day=date(2025, 6, 30))
    file = tmp_path / "e" / FILE
    file.write_text(f"longest waiver: 1200 months\n{APPROVERS}{file.read_text()}")
    return tmp_path / "e"


def waiver(at: str, owner: str = "25", term: tuple[str, str] = YEARS, id: str = "w-1") -> str:
    return WAIVER.format(id=id, at=at, owner=owner, start=term[0], until=term[1])


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("estate", "estate"),
        ('{unit: "25"}', '{unit: "25"}'),
        ('{unit: "08503"}', '{unit: "08515"}'),
        ('{unit: "08281"}', '{site: "c08281"}'),
        ('{unit: "08281", role: network-router}', '{role: network-router, site: "c08281"}'),
        ("{site: c08281}", "{site: c08281}"),
    ],
)  # fmt: skip
def test_a_waiver_covers_what_it_covered_before(folder: Path, at: str, after: str) -> None:
    (folder / WAIVERS).write_text(HEAD + waiver(at))
    reform_all(folder)
    assert (folder / WAIVERS).read_text() == HEAD + waiver(after)
    check_decisions(load(folder), folder)


def test_a_person_acts_for_the_unit_that_carries_on(folder: Path) -> None:
    (folder / WAIVERS).write_text(HEAD + waiver('{unit: "08503"}', owner="08503"))
    (folder / ATTESTATIONS).write_text(ATTESTATION)
    reform_all(folder)
    assert (folder / WAIVERS).read_text() == HEAD + waiver('{unit: "08515"}', owner="08515")
    assert (folder / ATTESTATIONS).read_text() == ATTESTATION.replace("08503", "08515")


def test_one_that_would_cover_other_machines_stops_the_reform_before_anything_changes(
    folder: Path,
) -> None:
    text = HEAD + waiver('{unit: "227"}')
    (folder / WAIVERS).write_text(text)
    before = (folder / FILE).read_bytes()
    with pytest.raises(InputError, match=r'waivers\.yaml:5:.*"w-1" would cover other machines'):
        reform_all(folder)
    assert (folder / WAIVERS).read_text() == text
    assert (folder / FILE).read_bytes() == before


def test_what_has_ended_is_history(folder: Path) -> None:
    text = HEAD + waiver('{unit: "227"}', term=PAST)
    (folder / WAIVERS).write_text(text)
    assert reform_all(folder).changed
    assert (folder / WAIVERS).read_text() == text


def test_whoever_was_interrupted_after_the_decisions_starts_again(folder: Path) -> None:
    (folder / WAIVERS).write_text(HEAD + waiver('{unit: "08503"}'))
    estate = (folder / FILE).read_bytes()
    reform_all(folder)
    moved = (folder / WAIVERS).read_bytes()
    (folder / FILE).write_bytes(estate)
    assert reform_all(folder).changed
    assert (folder / WAIVERS).read_bytes() == moved


def test_approvers_of_the_estate_move_too(folder: Path) -> None:
    reform_all(folder)
    assert [one.unit for one in load(folder).approvers] == ["25", "08515"]
