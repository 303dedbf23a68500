"""`--format xlsx`: a workbook of findings, requirements and coverage, for whoever signs or counts.

Every text is written as text: nothing from a machine becomes a formula, a link or a number.
"""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.tables import FORMULA, Cell, Table, findings, looked_at, requirement_results
from govctl.reports.zipped import settled

_HEAD = Font(bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="1B4F8A")
_TOP = Alignment(vertical="top", wrap_text=True)


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
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.append([_heading_cell(sheet, heading) for heading, _width in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])


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
