"""Accepted risks and attestations in every report: told, never counted as met, and harmless."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from govctl.evidence.encode import info_document, read_info, to_bytes
from govctl.reports.console import scan_summary
from govctl.reports.html import render_html
from govctl.reports.json_report import SCHEMA_FILE, scan_document
from govctl.reports.page_view import PageView
from govctl.reports.worst import worst_checks
from govctl.texts import use_language
from policies.rollup import tally
from tests.reports.test_console import CHECKS, ESTATE, RUN, shown
from tests.reports.test_html import EVIL, Page, material

FAILURES = [one for one in RUN.findings if one.status == "fail"]
CHOSEN = FAILURES[0]


def person(name: str, unit: str = "25") -> dict[str, Any]:
    return {"name": name, "unit": unit, "unit_name": {"vi": "Tỉnh Phú Thọ", "en": "Phú Thọ"}}


def decisions(reason: str = "the old client") -> dict[str, Any]:
    waiver = {
        "id": "w-1", "what": [CHOSEN.check], "at": f"machine={CHOSEN.target}",
        "owner": person("Nguyễn Văn An"), "approver": person("Trần Thị Bình"),
        "reason": reason, "measure": "only from zone admin", "from": "2026-11-01T00:00:00+07:00",
        "until": "2027-03-01T00:00:00+07:00", "state": "holding", "findings": 1,
    }  # fmt: skip
    document = {"title": reason, "path": None, "sha256": "0" * 64, "compared": "elsewhere"}
    attestation = {
        "id": "a-1", "what": ["tcvn14423-2026:phy.fire"], "at": "estate", "by": person("Lê Chi"),
        "document": document, "statement": reason, "from": "2026-11-01T00:00:00+07:00",
        "until": "2026-12-01T00:00:00+07:00", "state": "expiring",
        "rows": [["tcvn14423-2026", 3, "phy.fire"]],
    }  # fmt: skip
    past = {"id": "w-0", "kind": "waiver", "what": ["x-1"], "at": "estate",
            "until": "2026-11-20T00:00:00+07:00", "why": "expired"}  # fmt: skip
    gone = {"id": "a-0", "kind": "attestation", "what": ["x-2"], "at": "estate",
            "until": "2027-11-20T00:00:00+07:00", "why": "document changed"}  # fmt: skip
    scopes = {"estate": [machine.id for machine in ESTATE.machines]}
    return {"waivers": [waiver], "attestations": [attestation], "ended": [past, gone],
            "scopes": scopes}  # fmt: skip


WAIVED = replace(
    RUN,
    findings=tuple(replace(one, waiver="w-1") if one is CHOSEN else one for one in RUN.findings),
    decisions=decisions(),
)


@pytest.fixture(scope="module")
def text() -> str:
    return render_html(replace(material(), run=WAIVED))


def test_the_console_tells_who_why_and_until_when() -> None:
    use_language("en")
    said = shown(scan_summary(WAIVED, ESTATE, CHECKS))
    failures = len(FAILURES)
    assert f"✗ fail {failures}" in said
    assert f"accepted risks: 1 of {failures} failures" in said
    for line in (
        "w-1: until 2027-03-01 00:00 +07:00, failures: 1",
        "Nguyễn Văn An (25), approved by Trần Thị Bình (25)",
        "the old client; until then: only from zone admin",
        "! a-1 ends soon: 2026-12-01 00:00 +07:00",
        "✗ w-0 has expired: 2026-11-20 00:00 +07:00",
        "✗ a-0 does not count: its document was changed",
    ):
        assert line in said
    assert max(map(len, said.splitlines())) <= 80


def test_what_was_accepted_is_not_to_be_mended_first() -> None:
    open_ones = {(row.check, target) for row in worst_checks(WAIVED.findings)
                 for target in row.targets}  # fmt: skip
    assert (CHOSEN.check, CHOSEN.target) not in open_ones
    assert len(open_ones) == len(FAILURES) - 1
    counts = tally(WAIVED.findings)
    assert (counts.counts["fail"], counts.waived) == (len(FAILURES), 1)


def test_json_has_the_waivers_that_held() -> None:
    document = scan_document(WAIVED)
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
    (waiver,) = document["waivers"]
    assert (waiver["id"], waiver["results"], waiver["expiring"]) == ("w-1", 1, False)
    assert waiver["approver"] == {"name": "Trần Thị Bình", "unit": "25"}
    (row,) = [one for one in document["results"] if one["waiver"]]
    assert (row["waiver"], row["status"]) == ("w-1", "fail")
    assert scan_document(RUN)["waivers"] == []


def test_the_page_shows_them_whole_and_its_links_lead_somewhere(text: str) -> None:
    page = Page(text)
    assert page.stack == []
    assert {href[1:] for href in page.of("href")} <= set(page.of("id"))
    assert len(page.of("id")) == len(set(page.of("id")))
    assert "rủi ro được chấp nhận" in page.text("vi") and "accepted risk" in page.text("en")
    for words in ("Nguyễn Văn An", "Trần Thị Bình", "the old client"):
        assert words in page.text(None)
    assert "until 2027-03-01 00:00 +07:00" in page.text("en")
    assert "đến 2027-03-01 00:00 +07:00" in page.text("vi")
    assert "has expired: 2026-11-20 00:00 +07:00" in page.text("en")
    assert "%" not in page.text("en")


def test_an_attested_requirement_passes_on_the_page(text: str) -> None:
    assert "attested by Lê Chi (25): the old client" in text
    view = PageView(replace(material(), run=WAIVED))
    rows = [row for _n, _tier, groups in view.tiers for group in groups for row in group.rows
            if row.requirement.key == "phy.fire"]  # fmt: skip
    assert [row.status for row in rows] == ["pass"] * len(rows) and rows


def test_a_requirement_with_an_accepted_failure_is_not_met() -> None:
    view = PageView(replace(material(), run=WAIVED))
    key = CHECKS[CHOSEN.check].answers[0]
    rows = [row for _n, _tier, groups in view.tiers for group in groups for row in group.rows
            if row.requirement.key == key and row.tally.waived]  # fmt: skip
    assert [row.status for row in rows] == ["fail"]


def test_a_page_of_nothing_but_accepted_risks_is_no_success() -> None:
    findings = tuple(
        replace(one, waiver="w-1") for one in WAIVED.findings if one.status == "fail"
    )  # fmt: skip
    text = render_html(replace(material(), run=replace(WAIVED, findings=findings)))
    assert "Every failure is an accepted risk; none of them is met." in text
    assert "No check failed." not in text


def test_hostile_words_are_harmless() -> None:
    run = replace(WAIVED, decisions=decisions(EVIL))
    text = render_html(replace(material(), run=run))
    assert Page(text).stack == []
    assert text.count("<script>") == 1
    assert "\x1b" not in text and "\u202e" not in text
    said = shown(scan_summary(run, ESTATE, CHECKS))
    assert "\x1b" not in said and "\u202e" not in said
    assert json.loads(json.dumps(scan_document(run)))["waivers"][0]["reason"] == EVIL


def test_the_record_is_kept_with_the_run() -> None:
    kept = read_info(json.loads(to_bytes(info_document(WAIVED))))
    assert kept.decisions == WAIVED.decisions
    old = info_document(RUN)
    del old["decisions"]
    assert read_info(json.loads(to_bytes(old))).decisions == {}
