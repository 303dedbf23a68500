"""A paper as a list of headings, paragraphs and tables, before any file format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from govctl.reports.forms.cells import Cell, Gap, gaps_in


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: Cell


@dataclass(frozen=True)
class Table:
    """A table whose head is repeated on every page; without rows it says so."""

    head: tuple[str, ...]
    widths: tuple[int, ...]
    """Shares of the page's width."""
    rows: tuple[tuple[Cell, ...], ...]


Block = Heading | Paragraph | Table


def fields(rows: Iterable[tuple[str, Cell]]) -> Table:
    """A table of labels and values."""
    return Table(("Nội dung", "Thông tin"), (35, 65), tuple(rows))


def gaps_of(blocks: Sequence[Block]) -> tuple[Gap, ...]:
    """Every gap of a paper once, in its order."""
    cells: list[Cell] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            cells.append(block.text)
        elif isinstance(block, Table):
            cells += [cell for row in block.rows for cell in row]
    return tuple(dict.fromkeys(gaps_in(cells)))
