"""`--format xlsx`: a workbook of findings, requirements and coverage, for whoever signs or counts.

Every text is written as text: nothing from a machine becomes a formula, a link or a number.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.tables import FORMULA, Cell, Table, findings, looked_at, requirement_results
from govctl.reports.workbook import saved

_HEAD = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="1B4F8A")
_TOP = Alignment(horizontal="left", vertical="top", wrap_text=True)
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
    for table in (findings(run, context), requirement_results(run, context),
                  looked_at(run, context)):  # fmt: skip
        _add(book, table)
    creator = f"govctl {run.versions.govctl}"
    return saved(book, run.finished, title=run.id, creator=creator)


def _add(book: Workbook, table: Table) -> None:
    sheet: Worksheet = book.create_sheet(table.name[:1].upper() + table.name[1:31])
    sheet.freeze_panes = "B2"
    for number, (_heading, width) in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    last = get_column_letter(len(table.columns))
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    _on_paper(sheet, sum(width for _heading, width in table.columns))
    sheet.append([_heading_cell(sheet, heading) for heading, _width in table.columns])
    cells = _Cells(sheet)
    for number, row in enumerate(table.rows, 2):
        # LibreOffice gives every row one line unless its height is said.
        sheet.row_dimensions[number].height = _LINE * _lines(table, row)
        sheet.append([cells.of(column, value) for column, value in enumerate(row)])


def _on_paper(sheet: Worksheet, width: int) -> None:
    """A4, landscape, so many pages wide that it can be read; the first row and column on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = -(-width // _READABLE)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_title_rows = "1:1"
    sheet.print_title_cols = "A:A"


def _lines(table: Table, row: Sequence[Cell]) -> int:
    """Lines that the tallest cell of a row takes, within reason."""
    return min(_TALLEST, max(map(_lines_of, row, (width for _heading, width in table.columns))))


def _lines_of(cell: Cell, width: int) -> int:
    return sum(max(1, -(-len(line) // width)) for line in str(cell).split("\n"))


def _heading_cell(sheet: Worksheet, text: str) -> SheetCell:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.fill, cell.alignment = _HEAD, _FILL, _TOP
    return cell


class _Cells:
    """A cell a column, used for each row again: to style new ones takes most of the time."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._cells: dict[tuple[int, bool], SheetCell] = {}

    def of(self, column: int, value: Cell) -> SheetCell | None:
        """The cell with this value, until the next row; None for an empty one."""
        if value == "":
            return None
        formula = isinstance(value, str) and value.lstrip(" \n").startswith(FORMULA)
        cell = self._cells.get((column, formula))
        if cell is None:
            cell = self._cells[column, formula] = WriteOnlyCell(self._sheet)
            cell.alignment = _TOP
            if formula:
                cell.quotePrefix = True  # it stays text when somebody edits it
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # else what begins with = would be a formula, and #N/A an error
        return cell
