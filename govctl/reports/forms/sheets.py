"""Sheets of a workbook as an office prints them: A4, Times New Roman, every cell a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from govctl.reports.forms.cells import Cell, gaps_in, text
from govctl.reports.workbook import saved

FONT = "Times New Roman"
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="E7EAEE")
_MISSING = PatternFill("solid", fgColor="FFF2CC")
_SIZE = 11
_LINE = 15.5
"""Points of a line of that size, diacritics and all."""
_TALLEST = 400.0


@dataclass
class Sheet:
    """A sheet that is filled from the top down."""

    page: Worksheet
    widths: Sequence[float]
    row: int = 0

    def skip(self) -> None:
        """An empty line."""
        self.row += 1

    def heading(self, words: str, *, size: int = 13, centre: bool = False) -> None:
        """A line over the whole width."""
        self.row += 1
        self._merge(1, len(self.widths))
        cell = self._put(1, words)
        cell.font = Font(FONT, size, bold=True)
        cell.alignment = Alignment(
            horizontal="center" if centre else "left", vertical="center", wrap_text=True
        )
        self._height([(words, sum(self.widths) * 11 / size)])

    def note(self, words: str, *, italic: bool = True) -> None:
        """A line of small text over the whole width."""
        self.row += 1
        self._merge(1, len(self.widths))
        cell = self._put(1, words)
        cell.font = Font(FONT, 11, italic=italic)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        self._height([(words, sum(self.widths))])

    def halves(self, left: str, right: str, *, bold: bool = True) -> None:
        """Two texts side by side, each in the middle of its half."""
        self.row += 1
        middle = len(self.widths) // 2
        for first, last, words in ((1, middle, left), (middle + 1, len(self.widths), right)):
            self._merge(first, last)
            cell = self._put(first, words)
            cell.font = Font(FONT, 12, bold=bold)
            cell.alignment = Alignment(horizontal="center", vertical="top", wrap_text=True)
        self._height([(left, sum(self.widths[:middle])), (right, sum(self.widths[middle:]))])

    def field(self, label: str, value: Cell, split: int) -> None:
        """A label over the first `split` columns, and its value over the rest."""
        self.row += 1
        for first, last, content in ((1, split, label), (split + 1, len(self.widths), value)):
            for column in range(first, last + 1):
                self.page.cell(self.row, column).border = _BOX
            self._merge(first, last)
            cell = self._boxed(first, content, bold=False)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        self._height([(label, sum(self.widths[:split])), (text(value), sum(self.widths[split:]))])

    def table_head(self, names: Sequence[str], *, numbered: bool = False) -> None:
        """Column heads, repeated on every printed page; and a line of their numbers."""
        self.row += 1
        first = self.row
        for column, name in enumerate(names, 1):
            cell = self._boxed(column, name, bold=True)
            cell.fill = _HEAD
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self._height(list(zip(names, self.widths, strict=False)))
        if numbered:
            self.row += 1
            for column in range(1, len(names) + 1):
                cell = self._boxed(column, f"({column})", bold=False)
                cell.alignment = Alignment(horizontal="center")
        self.page.print_title_rows = f"{first}:{self.row}"

    def table_row(self, cells: Sequence[Cell]) -> None:
        """A row of a table."""
        self.row += 1
        for column, content in enumerate(cells, 1):
            self._boxed(column, content, bold=False)
        self._height([(text(c), w) for c, w in zip(cells, self.widths, strict=False)])

    def _boxed(self, column: int, content: Cell, *, bold: bool) -> SheetCell | MergedCell:
        cell = self._put(column, text(content))
        cell.font = Font(FONT, _SIZE, bold=bold, italic=bool(gaps_in([content])))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.border = _BOX
        if gaps_in([content]):
            cell.fill = _MISSING
        return cell

    def _put(self, column: int, words: str) -> SheetCell | MergedCell:
        cell = self.page.cell(self.row, column)
        cell.value = text(words)
        cell.data_type = "s"  # a text that begins with "=" stays a text
        cell.quotePrefix = True  # … also after somebody edits it
        cell.number_format = "@"
        return cell

    def _merge(self, first: int, last: int) -> None:
        if last > first:
            self.page.merge_cells(
                start_row=self.row, end_row=self.row, start_column=first, end_column=last
            )

    def _height(self, contents: Sequence[tuple[str, float]]) -> None:
        """Merged cells do not grow by themselves: reckon the lines by the width in characters."""
        lines = max(
            sum(max(1, -(-len(line) // max(1, int(width * 1.05)))) for line in words.split("\n"))
            for words, width in contents
        )
        self.page.row_dimensions[self.row].height = min(_TALLEST, 5 + _LINE * lines)


class Book:
    """A workbook; the same content and time give the same bytes."""

    def __init__(self, title: str, moment: datetime) -> None:
        self._book = Workbook()
        self._book.remove(self._book.worksheets[0])
        self._title = title
        self._moment = moment

    def sheet(self, name: str, widths: Sequence[float]) -> Sheet:
        """A new sheet: A4 across, as wide as the page."""
        page = self._book.create_sheet(name)
        for column, width in enumerate(widths, 1):
            page.column_dimensions[get_column_letter(column)].width = width
        page.page_setup.orientation = "landscape"
        page.page_setup.paperSize = page.PAPERSIZE_A4
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.page_margins.left = page.page_margins.right = 0.6
        page.page_margins.top = page.page_margins.bottom = 0.8
        page.oddHeader.center.text = "&P"
        page.sheet_view.showGridLines = False
        return Sheet(page, widths)

    def to_bytes(self) -> bytes:
        """The file."""
        return saved(
            self._book, self._moment, title=text(self._title), creator="govctl", language="vi-VN"
        )
