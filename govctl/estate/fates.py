"""What becomes of units in a reform of the register: from a table of codes to each unit's fate."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from govctl.errors import InputError, Problem
from govctl.estate import register
from govctl.estate.register import RegisterUnit, Snapshot
from govctl.estate.yamlfile import read_text
from govctl.texts import _

Outcome = Literal["stays", "renamed", "merged", "divided", "ended"]
COLUMNS = ("from_code", "to_code", "extent")
EXTENTS = ("whole", "part", "part-main")
SHIPPED = {"vn-reform-2025-07-01": ("vn-2025-06-30", "vn-2025-07-01")}
"""Tables that come with govctl: the register before, and the one after."""


@dataclass(frozen=True)
class Fate:
    """What became of one unit."""

    unit: str
    name: str
    outcome: Outcome
    successor: str
    """The code of the unit that carries on; for a divided one, the main share's."""
    successor_name: str
    others: tuple[str, ...] = ()
    """Codes of the other shares of a divided unit."""


@dataclass(frozen=True)
class Share:
    """One row of a reform table."""

    code: str
    extent: str


def read_shares(table: str | Path) -> dict[str, list[Share]]:
    """A reform table by the code before: a shipped one by id, another by its CSV file."""
    if isinstance(table, str):
        text, file = register.shipped_table(table), Path(f"{table}.csv")
    else:
        text, file = read_text(table), table
    rows = csv.reader(text.splitlines())
    if tuple(next(rows, ())) != COLUMNS:
        message = _("the first line does not name the columns of a reform table")
        raise InputError([Problem(file, 1, 1, message, expected=",".join(COLUMNS))])
    shares: dict[str, list[Share]] = {}
    problems: list[Problem] = []
    for row in rows:
        if not row:
            continue
        if len(row) != len(COLUMNS) or not all(row):
            message = _("not a row of a reform table")
            expected = ",".join(COLUMNS)
            problems.append(Problem(file, rows.line_num, 1, message, expected=expected))
        elif row[2] not in EXTENTS:
            column = len(row[0]) + len(row[1]) + 3
            message = _('unknown extent "{value}"', value=row[2])
            expected = _("one of: {names}", names=", ".join(EXTENTS))
            problems.append(Problem(file, rows.line_num, column, message, expected=expected))
        else:
            shares.setdefault(row[0], []).append(Share(row[1], row[2]))
    if problems:
        raise InputError(problems[:50])
    return shares


class Succession:
    """Who follows whom, from one register to another."""

    def __init__(self, before: Snapshot, after: Snapshot, shares: dict[str, list[Share]]) -> None:
        self.before = before
        self.after = after
        self.shares = shares
        self.cache: dict[str, RegisterUnit | None] = {}

    def main(self, code: str) -> RegisterUnit | None:
        """The unit that carries on after a code; None if the table does not say.

        A unit that the table names: its whole, or its main share, or else its first share. A unit
        above it whose tier goes on: the unit of that tier that most of its parts come under. One
        whose tier ends: where its seat goes, the first of its parts by code.
        """
        if code not in self.cache:
            self.cache[code] = self._main(code)
        return self.cache[code]

    def _main(self, code: str) -> RegisterUnit | None:
        rows = self.shares.get(code)
        if rows:
            order = {"whole": 0, "part-main": 1, "part": 2}
            return self.after.units.get(
                min(rows, key=lambda row: (order[row.extent], row.code)).code
            )
        unit = self.before.units.get(code)
        parts = sorted(self.before.children.get(code, ()))
        if unit is None or not parts:
            return self.after.units.get(code)
        if unit.tier not in self.after.tiers:
            return next((found for part in parts if (found := self.main(part.code))), None)
        followers = [
            self.main(part.code) for part in self.before.below(code) if part.code in self.shares
        ]
        tops = Counter(
            above
            for follower in followers
            if follower
            for above in self.after.path(follower.code)
            if self.after.units[above].tier == unit.tier
        )
        best = min(tops, key=lambda top: (-tops[top], top)) if tops else None
        return self.after.units.get(best) if best else None

    def fate(self, code: str, merged: bool) -> Fate | None:
        """The fate of a unit; `merged` if another unit of the estate has the same successor."""
        unit, follower = self.before.units[code], self.main(code)
        if follower is None:
            return None
        rows = self.shares.get(code, [])
        outcome: Outcome = "stays"
        if any(row.extent != "whole" for row in rows):
            outcome = "divided"
        elif unit.tier != follower.tier:
            outcome = "ended"
        elif merged or self._count(follower.code) > 1:
            outcome = "merged"
        elif unit.name != follower.name:
            outcome = "renamed"
        others = tuple(sorted(row.code for row in rows if row.code != follower.code))
        return Fate(code, unit.name, outcome, follower.code, follower.name, others)

    def _count(self, successor: str) -> int:
        """How many units of the table went to a successor."""
        if not hasattr(self, "_counts"):
            self._counts = Counter(row.code for rows in self.shares.values() for row in rows)
        return self._counts[successor]
