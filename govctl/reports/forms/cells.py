"""What stands in a form's cells: text, or a gap that says where to write what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from govctl.estate.papers import Decision
from govctl.estate.piece import words
from govctl.reports.visible import visible

NO_DATA = "chưa có dữ liệu"
NO_RUN = "chưa có lần quét nào: govctl scan"


Lack = Literal["estate", "scan", "person", "baseline"]
"""What would fill a gap: a line of the estate, a scan, a person's attestation, another baseline."""


@dataclass(frozen=True)
class Gap:
    """Something that neither the estate nor the run says."""

    where: str
    """Where to write it (`systems[portal].dossier.users`), or what to do, in Vietnamese."""
    what: str = ""
    """The field's words in the form."""
    lack: Lack = "estate"

    def __str__(self) -> str:
        return f"[{NO_DATA}: {self.where}]"


@dataclass(frozen=True)
class Mixed:
    """A cell of several parts, of which some may be gaps; a part a line."""

    parts: tuple[str | Gap, ...]

    def __str__(self) -> str:
        return "\n".join(text(part) for part in self.parts)


Cell = str | Gap | Mixed


def text(cell: Cell) -> str:
    """A cell's text: whatever stands in it, made harmless for XML and for the reader's eye."""
    return visible(str(cell))


def gaps_in(cells: Iterable[Cell]) -> list[Gap]:
    """The gaps of cells, in their order."""
    found: list[Gap] = []
    for cell in cells:
        if isinstance(cell, Gap):
            found.append(cell)
        elif isinstance(cell, Mixed):
            found += [part for part in cell.parts if isinstance(part, Gap)]
    return found


def unit_path(unit: str, field: str) -> str:
    """Where a field of a unit's contact stands in the estate."""
    return f"units[{unit}].contact.{words(field)}"


def dossier_path(system: str, field: str) -> str:
    """Where a field of a system's dossier stands in the estate."""
    return f"systems[{system}].dossier.{words(field)}"


def day(value: date) -> str:
    """A day as Vietnamese papers write it."""
    return f"{value:%d/%m/%Y}"


def decision(paper: Decision) -> str:
    """`123/QĐ-UBND, ngày 30/09/2026, UBND tỉnh Phú Thọ`."""
    return f"{paper.number}, ngày {day(paper.date)}, {paper.body}"


def listed(values: Sequence[str]) -> str:
    """Values between commas; `không có` for none."""
    return ", ".join(values) if values else "không có"
