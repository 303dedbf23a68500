"""Spreadsheets: what stands in which table, in both languages, and how the workbook is laid out."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from govctl.reports.csv_report import render as render_csv
from govctl.reports.tables import LONGEST, findings, looked_at, requirement_results, text_cell
from govctl.reports.xlsx import render as render_xlsx
from tests.reports.contexts import RUN, WAIVER, context, outside


@pytest.fixture(scope="module")
def book() -> Workbook:
    return load_workbook(BytesIO(render_xlsx(RUN, context())))


def test_a_csv_has_a_row_for_everything_that_the_run_says() -> None:
    content = render_csv(RUN, context())
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(RUN.findings) + 2  # a service, and a target without a result
    assert {row["Target"] for row in rows} == set(RUN.targets)
    (waived,) = [row for row in rows if row["Accepted risk"]]
    assert (waived["Accepted risk"], waived["Verdict"]) == (WAIVER, "fail")
    (silent,) = [row for row in rows if row["Target"] == "ghost"]
    assert silent["Verdict"] == "not evaluated"
    web = next(row for row in rows if row["Target"] == "server-web-1")
    assert (web["Unit"], web["System"]) == ("Phú Thọ province", "Web portal")


def test_requirements_are_rows_of_each_tier_and_no_check_is_no_verdict() -> None:
    table = requirement_results(RUN, context())
    names = [name for name, _width in table.columns]
    rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert len(rows) == 20
    assert {row["Level of government"] for row in rows} == {"province", "commune"}
    unanswered = [row for row in rows if not row["Checks"]]
    assert unanswered
    assert {row["Verdict"] for row in unanswered} == {"no check"}
    assert sum(row["Accepted risk"] for row in rows) >= 1


def test_outside_an_estate_the_rows_are_those_of_the_level_that_was_judged() -> None:
    assert len(requirement_results(RUN, outside()).rows) == 10


def test_coverage_names_what_was_not_looked_at() -> None:
    said = {(str(label), value) for label, value in looked_at(RUN, context()).rows}
    assert ("unreachable target", "edge") in said
    assert ("target without a result", "ghost") in said
    assert ("machine that is not part of this run", "hall-07894") in said
    assert ("targets", len(RUN.targets)) in said


def test_the_workbook_has_three_sheets_with_frozen_headings_and_filters(book: Workbook) -> None:
    assert book.sheetnames == ["Findings", "Requirements", "Coverage"]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet["A1"].font.bold
        assert sheet.column_dimensions["A"].width > 10
    assert book["Findings"].max_row == len(findings(RUN, context()).rows) + 1


def test_numbers_are_numbers_and_times_are_the_runs(book: Workbook) -> None:
    kinds = {type(row[1].value) for row in book["Coverage"].iter_rows(min_row=2)}
    assert int in kinds
    assert book.properties.modified == book.properties.created
    assert book.properties.modified == RUN.finished.replace(tzinfo=None, microsecond=0)


def test_a_cell_is_never_longer_than_a_spreadsheet_takes() -> None:
    assert len(text_cell("x" * 40_000)) == LONGEST
    assert text_cell("x" * LONGEST) == "x" * LONGEST
