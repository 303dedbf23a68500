"""Recorded exceptions are counted, and each is shown with whose it is and why, in every report."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from govctl.reports.console import scan_summary
from govctl.reports.exceptions import excepted
from govctl.reports.html import render_html
from govctl.reports.json_report import SCHEMA_FILE, render_json
from govctl.texts import Bilingual, Language
from tests.reports.test_console import CHECKS, ESTATE, RUN, shown
from tests.reports.test_html import Page, material

WHY = Bilingual("recorded exception: It serves pages", {}, vi="ngoại lệ: Máy chủ phục vụ trang")
CHOSEN = RUN.findings[0].check
EXCEPTED = tuple(
    replace(one, status="not-applicable", exception="portal.web", reason=WHY)
    if one.check == CHOSEN
    else one
    for one in RUN.findings
)
SHOWN = replace(RUN, findings=EXCEPTED)
TARGETS = sorted(one.target for one in EXCEPTED if one.exception)


def test_each_is_named_once_with_its_targets() -> None:
    assert [(one.whose, one.check, list(one.targets)) for one in excepted(EXCEPTED)] == [
        ("portal.web", CHOSEN, TARGETS)
    ]


def test_the_console_counts_them() -> None:
    line = f"by recorded exceptions: {len(TARGETS)} (portal.web)"
    assert line in shown(scan_summary(SHOWN, ESTATE, CHECKS))
    assert "by recorded exceptions" not in shown(scan_summary(RUN, ESTATE, CHECKS))


def test_json_has_them_by_result_and_together() -> None:
    document = json.loads(render_json(SHOWN, "vi"))
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
    assert document["exceptions"] == [{"whose": "portal.web", "check": CHOSEN, "targets": TARGETS}]
    rows = [one for one in document["results"] if one["exception"]]
    assert {one["reason"] for one in rows} == {"ngoại lệ: Máy chủ phục vụ trang"}
    assert len(rows) == len(TARGETS)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_has_a_table_of_them_in_both_languages(language: Language) -> None:
    text = render_html(replace(material(), run=SHOWN))
    assert WHY.render(language) in text
    tags = Page(text).tags
    assert sum(attributes.get("id") == "exceptions" for _tag, attributes in tags) == 1
    assert 'id="exceptions"' not in render_html(material())
