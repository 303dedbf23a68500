"""Every format: the same bytes for the same run, nothing silent, and hostile text does no harm."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO
from xml.etree import ElementTree as Xml

import pytest
from openpyxl import load_workbook

from govctl.reports.formats import FORMATS, ReportFormat, by_file_name
from tests.reports.contexts import CHECKS, EVIL, RUN, WAIVER, context, hostile, outside

WRITTEN = [one for one in FORMATS.values() if one.renderer]
NAMES = [one.name for one in WRITTEN]
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufeff]")
each_format = pytest.mark.parametrize("format", WRITTEN, ids=NAMES)


def words(format: ReportFormat, content: bytes) -> str:
    """What a format shows, without how it writes it."""
    if format.name == "xlsx":
        book = load_workbook(BytesIO(content))
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    text = content.decode("utf-8-sig")
    if format.name in ("json", "sarif", "oscal"):
        return json.dumps(json.loads(text), ensure_ascii=False)
    if format.name == "junit":
        root = Xml.fromstring(text)
        parts = [[*one.attrib.values(), one.text or ""] for one in root.iter()]
        return "\n".join(word for part in parts for word in part)
    return text


@each_format
@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_same_run_gives_the_same_bytes_in_any_order(
    format: ReportFormat, language: str
) -> None:
    known = context(language="vi" if language == "vi" else "en")
    content = format.render(RUN, known)
    backwards = replace(RUN, findings=RUN.findings[::-1])
    again = context(backwards, "vi" if language == "vi" else "en")
    assert format.render(backwards, again) == content


@each_format
def test_every_target_and_every_check_stands_in_it(format: ReportFormat) -> None:
    shown = words(format, format.render(RUN, context()))
    for target in RUN.targets:
        assert target in shown, target
    for check in CHECKS:
        assert check in shown, check


@each_format
def test_an_accepted_risk_is_shown_as_one(format: ReportFormat) -> None:
    shown = words(format, format.render(RUN, context()))
    assert re.sub("&#39;", "'", WAIVER) in shown.replace("&#39;", "'")


@each_format
def test_hostile_text_stays_text(format: ReportFormat) -> None:
    run = hostile()
    content = format.render(run, context(run))
    if format.binary:
        return
    text = content.decode("utf-8").removeprefix("\ufeff")
    assert not OBEYED.search(text)
    assert words(format, content)


def cells_of_csv(content: bytes) -> list[str]:
    rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n@", "＝"])
def test_no_cell_of_a_csv_begins_like_a_formula(start: str) -> None:
    run = replace(RUN, findings=(replace(RUN.findings[0], target=f"{start}cmd()"),), targets=())
    cells = cells_of_csv(FORMATS["csv"].render(run, context(run)))
    assert any("cmd()" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(" \n").startswith(tuple("=+-@\t\r"))]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    run = hostile()
    content = FORMATS["xlsx"].render(run, context(run))
    book = load_workbook(BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row}
    assert kinds <= {"s", "n", "inlineStr"}
    assert any(
        str(cell.value).startswith("=cmd") and cell.quotePrefix
        for sheet in book
        for row in sheet
        for cell in row
    )
    with zipfile.ZipFile(BytesIO(content)) as parts:
        written = b"".join(parts.read(name) for name in parts.namelist())
        assert not [name for name in parts.namelist() if "external" in name.lower()]
    assert b"<f>" not in written
    assert b"hyperlink" not in written


@pytest.mark.parametrize("render", [lambda one: one], ids=["no estate"])
@pytest.mark.parametrize("name", [one.name for one in WRITTEN])
def test_a_run_outside_any_estate_is_written_too(
    name: str, render: Callable[[ReportFormat], ReportFormat]
) -> None:
    run = replace(RUN, estate=None, estate_digest=None, probes=())
    shown = words(FORMATS[name], render(FORMATS[name]).render(run, outside()))
    assert "edge" in shown


@pytest.mark.parametrize("name", [one.name for one in WRITTEN])
def test_an_empty_run_is_written_and_says_so(name: str) -> None:
    run = replace(RUN, estate=None, targets=("/srv/a",), findings=(), probes=())
    assert "/srv/a" in words(FORMATS[name], FORMATS[name].render(run, outside(trees=True)))


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.sarif", "sarif"),
        ("a.json", "json"),
        ("a.oscal.json", "oscal"),
        ("junit.xml", "junit"),
        ("a.xlsx", "xlsx"),
        ("a.csv", "csv"),
        ("a.html", "html"),
        ("a.txt", "text"),
        ("a", None),
        ("a.pdf", None),
    ],
)
def test_a_file_name_says_its_format(name: str, format: str | None) -> None:
    found = by_file_name(name)
    assert (found.name if found else None) == format


def test_what_is_hostile_is_still_told_apart() -> None:
    assert EVIL.startswith("=")
    assert len({one.suffix for one in FORMATS.values()}) == len(FORMATS)
