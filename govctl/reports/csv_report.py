"""`--format csv`: every verdict a row (RFC 4180), UTF-8 with the mark that spreadsheets look for.

A cell that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
from io import StringIO

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.tables import FORMULA, Cell, findings


def render(run: Run, context: Context) -> bytes:
    """The table as bytes; the same run and context give the same bytes."""
    table = findings(run, context)
    sink = StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([_harmless(heading) for heading, _width in table.columns])
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return sink.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    """An apostrophe before what begins like a formula, whichever blanks stand before it."""
    if isinstance(cell, str) and cell.lstrip(" \n").startswith(FORMULA):
        return f"'{cell}"
    return cell
