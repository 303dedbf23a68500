"""The files: read back, the same bytes each time, and harmless whatever names they hold."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import docx
import openpyxl
import pytest
from docx.document import Document
from openpyxl.worksheet.worksheet import Worksheet

from govctl.pipeline.forms import form_material
from govctl.pipeline.job import Job
from govctl.reports.forms.blocks import Block, Heading, Table, gaps_of
from govctl.reports.forms.cells import text
from govctl.reports.forms.dossier import dossier
from govctl.reports.forms.material import FormMaterial
from govctl.reports.forms.mau08 import form08
from govctl.reports.forms.mau08_xlsx import render
from govctl.reports.forms.period import Period
from govctl.reports.forms.word_file import word_file
from govctl.reports.zipped import fixed
from govctl.texts import Language
from tests.reports.forms.support import run_of, with_contact, with_dossier

HOSTILE = (
    '=cmd|"/c calc"!A1',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "#N/A",
    "<b>x</b>&amp;",
    "a\x1b[31mred\x07",
    "\u202egnol",
    "tab\there",
    "\ud800\ufffe",
)
TITLE = ("UBND", "HỒ SƠ ĐỀ XUẤT CẤP ĐỘ")


def workbook(material: FormMaterial, language: Language = "vi") -> bytes:
    return render(form08(material, material.estate.unit("25"), Period(2026)), material, language)


def sheets(content: bytes) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: sheet for sheet in book.worksheets}


def rows(sheet: Worksheet) -> list[list[str]]:
    found = [
        [str(v) for v in row if v not in (None, "")] for row in sheet.iter_rows(values_only=True)
    ]
    return [row for row in found if row]


def paper(material: FormMaterial, system: str = "portal") -> Document:
    blocks = dossier(material, material.estate.system(system))
    return docx.Document(io.BytesIO(word_file(TITLE, blocks, material.moment)))


@pytest.fixture(scope="module")
def opened(material: FormMaterial) -> dict[str, Worksheet]:
    return sheets(workbook(material))


@pytest.fixture(scope="module")
def read(material: FormMaterial) -> Document:
    return paper(material)


def test_the_workbook_has_the_form_its_annexes_and_what_is_missing(
    opened: dict[str, Worksheet],
) -> None:
    assert list(opened) == [
        "Mẫu 08", "PL Điều 36.3", "PL Điều 36.7", "PL Điều 36.9-36.10", "Kiểm tra chéo",
        "Nội dung còn thiếu",
    ]  # fmt: skip
    lines = rows(opened["Mẫu 08"])
    assert ["Tổng số hệ thống thông tin", "3"] in lines
    assert [line[:2] for line in lines if line[0] in ("1", "2", "3")] == [
        ["1", "Hội nghị truyền hình"],
        ["2", "Dịch vụ hạ tầng"],
        ["3", "Cổng thông tin điện tử"],
    ]
    assert len(rows(opened["PL Điều 36.9-36.10"])) == 3 + 3 * 11
    assert all(row[3] == "Khớp" for row in rows(opened["Kiểm tra chéo"])[2:])


def test_every_cell_is_a_text_and_prints_on_a4(opened: dict[str, Worksheet]) -> None:
    for sheet in opened.values():
        assert (str(sheet.page_setup.paperSize), sheet.page_setup.orientation) == ("9", "landscape")
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.value is None or cell.data_type == "s", cell.coordinate
    assert opened["Mẫu 08"].print_title_rows is not None


def test_notes_in_english_stand_on_a_sheet_of_their_own(material: FormMaterial) -> None:
    vietnamese, english = sheets(workbook(material)), sheets(workbook(material, "en"))
    assert list(english) == [*vietnamese, "Notes in English"]
    assert rows(english["Mẫu 08"]) == rows(vietnamese["Mẫu 08"])


def test_the_same_input_gives_the_same_bytes(material: FormMaterial) -> None:
    material = replace(material, baselines=())
    blocks = dossier(material, material.estate.system("portal"))
    made = workbook(material)
    assert made == workbook(material)
    assert word_file(TITLE, blocks, material.moment) == word_file(TITLE, blocks, material.moment)
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(2026, 11, 22, 4, 43, 0)}
        core = package.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", core)) == {"2026-11-22T04:43:00"}


def test_a_package_without_a_time_of_its_own_bears_the_first_one() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("a", "x")
        package.writestr("b", "y")
    content = fixed(target.getvalue(), datetime(1970, 1, 1, tzinfo=UTC), {"b": b"z"})
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert [entry.date_time[0] for entry in package.infolist()] == [1980, 1980]
        assert (package.read("a"), package.read("b")) == (b"x", b"z")


def test_hostile_texts_stay_texts(material: FormMaterial) -> None:
    fields = ("name", "mandate", "head", "title", "address")
    estate = with_contact(material.estate, "25", **dict(zip(fields, HOSTILE[:5], strict=True)),
                          security_unit="so-khcn")  # fmt: skip
    estate = with_contact(estate, "so-khcn", **dict(zip(fields, HOSTILE[5:], strict=True)))
    estate = with_dossier(estate, "portal", linked_systems=HOSTILE)
    hostile = replace(material, estate=estate, baselines=())
    found = []
    for sheet in sheets(workbook(hostile)).values():
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if cell.value):
            assert cell.data_type == "s"
            assert cell.quotePrefix
            found.append(str(cell.value))
    for table in paper(hostile).tables:
        found += [cell.text for row in table.rows[1:] for cell in row.cells]
    assert not [value for value in found if re.search("[\x00-\x08\x0b-\x1f\u202e]", value)]
    for name in HOSTILE[:6]:
        assert found.count(name) >= 2, name  # in both files as it is


def test_the_dossier_has_the_parts_of_the_law(read: Document) -> None:
    headings = [p.text for p in read.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings == [
        "Phần 1. Tổng quan về hệ thống thông tin", "Phần 2. Tài liệu thiết kế",
        "Phần 3. Thuyết minh cấp độ đề xuất", "Phần 4. Phương án bảo đảm an ninh mạng",
        "Phụ lục 1. Nguồn số liệu", "Phụ lục 2. Nội dung chưa có dữ liệu",
    ]  # fmt: skip
    parts = [p.text[:2] for p in read.paragraphs if p.style and p.style.name == "Heading 2"]
    assert [one for one in parts if one[1] == ")"] == ["a)", "b)", "c)", "d)", "đ)", "e)", "g)"]


def test_the_dossier_is_an_official_paper(read: Document) -> None:
    section = read.sections[0]
    millimetres = [
        round(length.mm) if length is not None else None
        for length in (section.page_width, section.page_height, section.left_margin,
                       section.right_margin, section.top_margin)
    ]  # fmt: skip
    assert millimetres == [210, 297, 30, 15, 20]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    for name in ("Normal", "Heading 1", "Table Cell"):
        assert 'w:ascii="Times New Roman"' in read.styles[name].element.xml
    for table in read.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml


def test_every_requirement_of_the_level_stands_in_the_dossier_once(
    material: FormMaterial,
) -> None:
    blocks = dossier(material, material.estate.system("portal"))
    shown = [
        tuple(row[1].parts)  # type: ignore[union-attr]
        for block in blocks
        if isinstance(block, Table) and block.head[1] == "Yêu cầu"
        for row in block.rows
    ]
    due = [(row.clause, row.key, one.id) for one in material.baselines for row in one.level(3)]
    assert sorted(shown) == sorted(due)


def test_what_the_run_saw_stands_in_the_dossier(job: Job) -> None:
    def said(target: str, check: str) -> str:
        failed = target in ("portal-web-1", "firewall") and check == "permissions-shadow"
        return "fail" if failed else "pass"

    run = run_of(job, said)  # type: ignore[arg-type]
    waived = [
        replace(one, waiver="w-1") if one.target == "firewall" else one for one in run.findings
    ]
    material = replace(
        form_material(job, replace(run, findings=tuple(waived))),
        operating_systems={"portal-web-1": "Debian GNU/Linux 12 (bookworm)"},
    )
    words = _cells(dossier(material, material.estate.system("portal")))
    assert "Debian GNU/Linux 12 (bookworm)" in words
    assert "Chưa đạt permissions-shadow: firewall (rủi ro được chấp nhận), portal-web-1" in words
    assert "203.0.113.10" in words
    assert "20261122T044300.000Z-abcdef" in words


@pytest.mark.parametrize(("level", "there"), [(3, False), (4, True), (5, True)])
def test_high_levels_owe_more(material: FormMaterial, level: int, there: bool) -> None:
    system = material.estate.system("portal").model_copy(update={"level": level})
    blocks = dossier(material, system)
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert ("Phần 5. Ý kiến chuyên môn của đơn vị chuyên trách" in headings) is there
    wheres = {gap.where for gap in gaps_of(blocks)}
    assert ("systems[portal].dossier.linked risks" in wheres) is there


def test_an_empty_estate_is_all_gaps_and_no_invention(bare: FormMaterial) -> None:
    blocks = dossier(bare, bare.estate.system("portal"))
    wheres = {gap.where for gap in gaps_of(blocks)}
    for field in ("scope", "size", "users", "information", "type", "grounds", "risks", "design",
                  "public addresses", "linked systems", "data location"):  # fmt: skip
        assert f"systems[portal].dossier.{field}" in wheres
    for field in ("mandate", "head", "title", "address", "phone", "email"):
        assert f"units[25].contact.{field}" in wheres
    assert "Đạt" not in _cells(blocks).split("\n")


def _cells(blocks: Sequence[Block]) -> str:
    tables = [block for block in blocks if isinstance(block, Table)]
    return "\n".join(text(cell) for table in tables for row in table.rows for cell in row)
