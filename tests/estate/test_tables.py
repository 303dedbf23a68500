"""Units from CSV and XLSX, with the row and column of every mistake."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from tests.estate.support import changed, load_text, problems

OWN = '  - {id: so-khcn, name: Sở Khoa học và Công nghệ, parent: "25"}\n'
HEADER = "id,name_vi,name_en,parent,tier,code,site"
ROWS = ["so-khcn,Sở Khoa học,Science,25,,,", ",,,,,05116,commune-office", "so-yt,Sở Y tế,,25,,,"]


def with_table(name: str) -> str:
    return changed(OWN, f"  - from: {name}\n")


def test_rows_of_csv_become_units(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("\n".join([HEADER, *ROWS]), encoding="utf-8-sig")
    estate = load_text(tmp_path, with_table("units.csv"))
    assert estate.unit("so-khcn").name.en == "Science"
    assert estate.unit("05116").name.vi == "Xã Mường Thàng"
    assert estate.site("c05116").kind == "commune-office"


def test_semicolons_as_spreadsheets_write_them(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *ROWS]).replace(",", ";")
    (tmp_path / "units.csv").write_text(text, encoding="utf-8")
    assert load_text(tmp_path, with_table("units.csv")).unit("so-yt").parent == "25"


def test_rows_of_xlsx_become_units(tmp_path: Path) -> None:
    book = Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append([cell or None for cell in row.split(",")])  # type: ignore[union-attr]
    book.save(tmp_path / "units.xlsx")
    estate = load_text(tmp_path, with_table("units.xlsx"))
    assert {"so-khcn", "05116", "so-yt"} <= {unit.id for unit in estate.units}


@pytest.mark.parametrize(
    ("name", "merged", "expected"),
    [
        ("Sở Y tế", "C2:C3", "2:1: the cells C2:C3 are merged; split them and fill each"),
        ("#REF!", None, "2:1: a formula of this row gives #REF!"),
    ],
)
def test_cells_that_say_less_than_a_person_sees_are_told(
    tmp_path: Path, name: str, merged: str | None, expected: str
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["id", "name_vi", "parent"], ["so-yt", name, "25"], ["so-khcn", "Sở", "25"]):
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    book.save(tmp_path / "units.xlsx")
    assert f"units.xlsx:{expected}" in problems(tmp_path, with_table("units.xlsx"))


def test_a_code_that_a_spreadsheet_made_a_number_is_explained(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["code", "site"], [8515, "commune-office"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "units.xlsx")
    found = problems(tmp_path, with_table("units.xlsx"))
    assert found[0] == (
        'units.xlsx:2:1: the register vn-2025-07-01 has no code "8515"; '
        'did you mean "08515" (Xã Hy Cương)?'
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["id,nam_vi", "a,b"], 'units.csv:1:2: unknown column "nam_vi"; did you mean "name_vi"?'),
        (["name_vi", "b"], "units.csv:1:1: the table has no column id and no column code"),
        ([HEADER, "A B,Tên,,25,,,"], 'units.csv:2:1: "A B" cannot be used here'),
        ([HEADER, "a,,,25,,,"], "units.csv:2:2: the name is missing"),
        ([HEADER, "a,Tên,,nobody,,,"], 'units.csv:2:4: the parent of "a" is unknown: "nobody"'),
        ([HEADER, "a,Tên,,25,province2,,"], 'units.csv:2:5: unknown tier "province2"'),
        ([HEADER, "a,Tên,,25,,,ofice"], 'units.csv:2:7: unknown site kind "ofice"'),
        ([HEADER, "a,Tên,,25,,,", "a,Tên,,25,,,"], 'units.csv:3:1: the unit "a" stands twice'),
        (["id,name_vi,id", "a,Tên,b"], 'units.csv:1:3: the column "id" stands twice'),
        (
            [HEADER, "a,Sở Nội vụ, Tỉnh,,25,,,,office"],
            "units.csv:2:8: the row has 9 cells, the header 7; quote a name that has the separator",
        ),
        ([], "units.csv: the table is empty"),
    ],
)
def test_a_mistake_in_a_table_has_row_and_column(
    tmp_path: Path, rows: list[str], expected: str
) -> None:
    (tmp_path / "units.csv").write_text("\n".join(rows), encoding="utf-8")
    assert any(line.startswith(expected) for line in problems(tmp_path, with_table("units.csv")))


def test_a_missing_or_broken_table_is_one_problem(tmp_path: Path) -> None:
    assert "units.csv: there is no such file" in problems(tmp_path, with_table("units.csv"))
    (tmp_path / "units.xlsx").write_bytes(b"PK not a book")
    found = problems(tmp_path, with_table("units.xlsx"))
    assert any(line.startswith("units.xlsx: cannot be read") for line in found)


@pytest.mark.parametrize(
    ("part", "content"),
    [("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), ("xl/workbook.xml", b"<no/>")],
)
def test_a_book_that_is_broken_inside_is_told(tmp_path: Path, part: str, content: bytes) -> None:
    whole = tmp_path / "whole.xlsx"
    book = Workbook()
    book.active.append(["id", "name_vi"])  # type: ignore[union-attr]
    book.save(whole)
    with ZipFile(whole) as old, ZipFile(tmp_path / "units.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    found = problems(tmp_path, with_table("units.xlsx"))
    assert any(line.startswith("units.xlsx: cannot be read: ") for line in found)


def test_units_on_another_sheet_are_not_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["id", "name_vi", "parent"])
    book.worksheets[0].append(["so-khcn", "Sở", "25"])
    book.create_sheet("Ghi chú").append(["Cập nhật", "2026-11-01"])
    book.save(tmp_path / "units.xlsx")
    assert load_text(tmp_path, with_table("units.xlsx")).unit("so-khcn")
    book.create_sheet("Xã").append(["Code", "site"])
    book.save(tmp_path / "units.xlsx")
    found = "\n".join(problems(tmp_path, with_table("units.xlsx")))
    assert 'the sheet "Xã" has units too, and only the first, "Sheet", is read' in found
