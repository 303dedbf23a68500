"""Rows of baselines as the estate's own description needs them, read from their tables."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from govctl.estate.packaged import folder_of
from govctl.estate.places import Place

OWN = "baselines"
"""The folder beside `estate.yaml` with an organisation's own tables."""


@dataclass(frozen=True)
class Row:
    """What a baseline asks for by one key at one level."""

    baseline: str
    level: int
    key: str
    clause: str
    threshold: str
    period: str
    strength: str
    by: str = ""
    """The part of the estate that changed it last."""
    place: Place | None = None
    """Where an organisation's own table says so."""


def own_tables(folder: Path) -> Mapping[str, Path]:
    """An organisation's tables beside its estate, by id."""
    return {path.stem: path for path in sorted((folder / OWN).glob("*.csv"))}


def rows_of(baselines: Iterable[str], folder: Path) -> Mapping[str, Sequence[Row]]:
    """Rows by key, of baselines that are shipped or lie beside the estate; profiles have none.

    What cannot be read is left out: `policies.tables` says what is wrong with it.
    """
    found: dict[str, list[Row]] = {}
    own = own_tables(folder)
    for name in baselines:
        path = own.get(name) or folder_of("policies") / "baselines" / f"{name}.csv"
        if ":" in name or not path.is_file():
            continue
        for row in _table(path):
            found.setdefault(row.key, []).append(row)
    return found


@cache
def _table(path: Path) -> tuple[Row, ...]:
    rows = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
        lines.seek(0)
        separator = ";" if first.count(";") > first.count(",") else ","
        reader = csv.DictReader(lines, delimiter=separator)
        names = list(reader.fieldnames or ())
        column = names.index("threshold") + 1 if "threshold" in names else 1
        for row in reader:
            if (row.get("level") or "").isdecimal() and row.get("key"):
                cells = {name: row.get(name) or "" for name in ("clause", "threshold", "period")}
                strength, place = row.get("strength") or "required", (reader.line_num, column)
                rows.append(Row(path.stem, int(row["level"]), row["key"], strength=strength,
                                place=Place(path, *place), **cells))  # fmt: skip
    return tuple(rows)


@cache
def conditions() -> Mapping[str, str]:
    """What an estate may say it does not have, and the condition of the rows that hang on it."""
    path = folder_of("policies") / "baselines" / "conditions.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["name"]: row["condition"] for row in csv.DictReader(lines)}
