"""`--format xlsx`: a workbook of findings, requirements and coverage, for whoever signs or counts.

Every text is written as text: nothing from a machine becomes a formula, a link or a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.page import PageMargins

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.tables import FORMULA, Cell, Table, findings, looked_at, requirement_results
from govctl.reports.zipped import settled

_HEAD = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="1B4F8A")
_TOP = Alignment(vertical="top", wrap_text=True)
_A4 = "9"
_LINE = 15
"""Points."""
_TALLEST = 20
"""Lines; a row may be 409 points high, and nobody reads one that fills the screen."""
_READABLE = 200
"""Characters on the width of a page."""


def render(run: Run, context: Context) -> bytes:
    """The workbook; the same run and context give the same bytes."""
    book = Workbook(write_only=True)
    book.properties.creator = f"govctl {run.versions.govctl}"
    book.properties.title = run.id
    for table in (findings(run, context), requirement_results(run, context),
                  looked_at(run, context)):  # fmt: skip
        _add(book, table)
    sink = BytesIO()
    book.save(sink)
    return settled(sink.getvalue(), run.finished)


def _add(book: Workbook, table: Table) -> None:
    sheet: WriteOnlyWorksheet = book.create_sheet(table.name[:1].upper() + table.name[1:31])
    sheet.freeze_panes = "B2"
    for number, (_heading, width) in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    last = get_column_letter(len(table.columns))
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    _on_paper(sheet, sum(width for _heading, width in table.columns))
    sheet.append([_heading_cell(sheet, heading) for heading, _width in table.columns])
    for number, row in enumerate(table.rows, 2):
        # LibreOffice gives every row one line unless its height is said.
        sheet.row_dimensions[number].height = _LINE * _lines(table, row)
        sheet.append([_cell(sheet, value) for value in row])


def _on_paper(sheet: WriteOnlyWorksheet, width: int) -> None:
    """A4, landscape, so many pages wide that it can be read; the first row and column on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = -(-width // _READABLE)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_title_rows = "1:1"
    sheet.print_title_cols = "A:A"


def _lines(table: Table, row: Sequence[Cell]) -> int:
    """Lines that the tallest cell of a row takes, within reason."""
    return min(_TALLEST, max(map(_lines_of, row, (width for _heading, width in table.columns))))


def _lines_of(cell: Cell, width: int) -> int:
    return sum(max(1, -(-len(line) // width)) for line in str(cell).split("\n"))


def _heading_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = _cell(sheet, text)
    cell.font, cell.fill = _HEAD, _FILL
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.alignment = _TOP
    if isinstance(value, str):
        cell.data_type = "s"  # else what begins with = would be a formula, and #N/A an error
        if value.lstrip(" \n").startswith(FORMULA):
            cell.quotePrefix = True  # and stays text when somebody edits it
    return cell
