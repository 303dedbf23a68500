"""Units from a table, CSV or XLSX: rows that know where they stand."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from govctl.errors import InputError
from govctl.estate.places import Place, Problems
from govctl.estate.yamlfile import LARGEST, read_text
from govctl.texts import _

COLUMNS = ("id", "name_vi", "name_en", "parent", "tier", "code", "site")
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
"""What a spreadsheet shows for a formula that failed (ECMA-376, 18.17.3)."""
MOST_ROWS = 100_000


class Row(NamedTuple):
    """A row by column; its places count rows from 1 (the header) and columns from 1."""

    file: Path
    line: int
    values: dict[str, str]
    columns: dict[str, int]

    def get(self, column: str) -> str | None:
        """A cell's text; None if it is empty or the table lacks the column."""
        return self.values.get(column) or None

    def at(self, column: str) -> Place:
        """Where the cell stands, or the row if the table lacks the column."""
        return Place(self.file, self.line, self.columns.get(column, 1))


def read_table(file: Path, problems: Problems) -> Iterator[Row]:
    """The rows of a table; what cannot be read is noted and left out."""
    try:
        lines = _xlsx(file) if file.suffix.lower() == ".xlsx" else _csv(file)
        header: list[str] = []
        columns: dict[str, int] = {}
        for number, cells in lines:
            if not header:
                header = [cell.strip().lower() for cell in cells]
                columns = _columns(file, number, header, problems)
                continue
            if any(cell.strip() for cell in cells):
                _no_more(file, number, cells, header, problems)
                pairs = zip(header, cells, strict=False)
                yield Row(file, number, {key: cell.strip() for key, cell in pairs}, columns)
        if not header:
            problems.add(Place(file), _("the table is empty"), expected=",".join(COLUMNS))
    except InputError as error:
        problems.found.extend(error.problems)


def _columns(file: Path, line: int, header: list[str], problems: Problems) -> dict[str, int]:
    for position, name in enumerate(header, 1):
        if name and name not in COLUMNS:
            message = _('unknown column "{name}"', name=name)
            problems.unknown(Place(file, line, position), message, name, COLUMNS)
        elif name and name in header[: position - 1]:
            problems.add(
                Place(file, line, position), _('the column "{name}" stands twice', name=name)
            )
    if "id" not in header and "code" not in header:
        problems.add(Place(file, line, 1), _("the table has no column id and no column code"),
                     expected=",".join(COLUMNS))  # fmt: skip
    return {name: position for position, name in enumerate(header, 1)}


def _no_more(
    file: Path, line: int, cells: list[str], header: list[str], problems: Problems
) -> None:
    """A comma in a name that is not quoted moves every cell behind it into another column."""
    beyond = [position for position, cell in enumerate(cells, 1) if cell.strip()]
    if beyond and beyond[-1] > len(header):
        message = _("the row has {count} cells, the header {columns}", count=beyond[-1],
                    columns=len(header))  # fmt: skip
        hint = _("quote a name that has the separator in it")
        problems.add(Place(file, line, len(header) + 1), message, hint=hint)


def _csv(file: Path) -> Iterator[tuple[int, list[str]]]:
    text = read_text(file)
    separator = (
        ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    )
    reader = csv.reader(text.splitlines(), delimiter=separator)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise _broken(file, reader.line_num, str(error)) from None


def _xlsx(file: Path) -> Iterator[tuple[int, list[str]]]:
    if not file.is_file():
        raise _broken(file, 0, _("there is no such file"))
    if file.stat().st_size > LARGEST:
        raise _broken(file, 0, _("the file is larger than {size} MiB", size=LARGEST // 2**20))
    from openpyxl import load_workbook  # noqa: PLC0415 - costs a third of a second, and few need it

    try:
        sheet, *others = load_workbook(file, read_only=True, data_only=True).worksheets
        _refuse_other_tables(file, sheet, others)
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MOST_ROWS:
                raise _broken(file, number, _("more than {count} rows", count=MOST_ROWS))
            if wrong := next((value for value in row if value in _ERRORS), None):
                raise _broken(file, number, _("a formula of this row gives {error}", error=wrong))
            yield number, [_cell(value) for value in row]
        _refuse_merged(file)
    except InputError:
        raise
    except (
        Exception
    ) as error:  # openpyxl has no error of its own: whatever a broken book makes it meet
        why = str(error) or type(error).__name__
        raise _broken(file, 0, _("cannot be read: {why}", why=why)) from None


def _refuse_other_tables(file: Path, read: Any, others: Iterable[Any]) -> None:
    """One sheet is read; notes and drawings may lie on others, units not."""
    for sheet in others:
        first = next(sheet.values, ())
        if {"id", "code"}.intersection(_cell(value).strip().lower() for value in first):
            message = _('the sheet "{other}" has units too, and only the first, "{read}", is read',
                        other=sheet.title, read=read.title)  # fmt: skip
            raise _broken(file, 0, message + "; " + _("put all units on one sheet"))


def _refuse_merged(file: Path) -> None:
    """Of merged cells all but the first are empty: a unit would lose what a person sees there."""
    from openpyxl import load_workbook  # noqa: PLC0415

    merged = load_workbook(file).worksheets[0].merged_cells.ranges  # not told when read row by row
    if merged:
        first = min(merged, key=lambda cells: cells.bounds[::-1])
        message = _("the cells {cells} are merged; split them and fill each", cells=first.coord)
        raise _broken(file, first.min_row, message)


def _cell(value: object) -> str:
    """A cell's text. Spreadsheets turn codes into numbers; a whole one is written without `.0`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _broken(file: Path, line: int, message: str) -> InputError:
    problems = Problems()
    problems.add(Place(file, line, 1 if line else 0), message)
    return InputError(problems.found)
