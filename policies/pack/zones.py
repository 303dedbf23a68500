"""Zones that a level asks for: each baseline's row `net.zones` (TCVN 14423:2026, x.12.2.2 b)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_BASELINES = Path(__file__).parent.parent / "baselines"
_KEY = "net.zones"
_THRESHOLD = "zones~="

KIND_OF = {
    "internal": "internal",
    "edge": "edge",
    "dmz": "dmz",
    "server": "app",
    "internal_server": "app",
    "db_server": "db",
    "admin": "admin",
    "wireless": "wireless",
    "wan": "wan",
    "device_admin": "management",
}
"""The baselines' names of zones → the estate's kinds."""

BETWEEN_SITES = "wan"
"""Every estate has this zone once, outside any site."""


@cache
def _rows(baseline: str) -> dict[int, tuple[str, tuple[str, ...]]]:
    if ":" in baseline:  # a profile asks for nothing but checks of machines
        return {}
    path = _BASELINES / f"{baseline}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["key"] == _KEY]
    return {
        int(row["level"]): (row["clause"], tuple(part.strip() for part in names.split("|")))
        for row in found
        for names in _zone_lists(row["threshold"])
    }


def _zone_lists(threshold: str) -> list[str]:
    parts = (part.strip() for part in threshold.split(";"))
    return [part.removeprefix(_THRESHOLD) for part in parts if part.startswith(_THRESHOLD)]


def required_zones(level: int, baselines: Iterable[str]) -> dict[str, str]:
    """Zone kind → `<baseline>:<clause>` that asks for it at this level."""
    required: dict[str, str] = {}
    for baseline in baselines:
        clause, names = _rows(baseline).get(level, ("", ()))
        for name in names:
            kind = KIND_OF[name]
            if kind != BETWEEN_SITES:
                required.setdefault(kind, f"{baseline}:{clause}")
    return required
