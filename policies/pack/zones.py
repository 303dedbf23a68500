"""Zones that a level asks for: `net.zones` (TCVN 14423:2026, x.12.2.2 b), `zone.*` (TCVN 11930)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_BASELINES = Path(__file__).parent.parent / "baselines"
ZONE_KEYS = frozenset({
    "net.zones", "zone.internal", "zone.edge", "zone.dmz", "zone.internal_server",
    "zone.wireless", "zone.db_server", "zone.admin", "zone.device_admin",
})  # fmt: skip
"""The keys whose thresholds name zones."""
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
def _rows(baseline: str) -> dict[int, dict[str, str]]:
    """Level → the baselines' name of a zone → clause; none for profiles, nor for own tables, which
    reports judge (`policies.declared`)."""
    path = _BASELINES / f"{baseline}.csv"
    if ":" in baseline or not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["key"] in ZONE_KEYS]
    zones: dict[int, dict[str, str]] = {}
    for row in found:
        of_level = zones.setdefault(int(row["level"]), {})
        for names in _zone_lists(row["threshold"]):
            of_level.update((part.strip(), row["clause"]) for part in names.split("|"))
    return zones


def _zone_lists(threshold: str) -> list[str]:
    parts = (part.strip() for part in threshold.split(";"))
    return [part.removeprefix(_THRESHOLD) for part in parts if part.startswith(_THRESHOLD)]


def required_zones(level: int, baselines: Iterable[str]) -> dict[str, str]:
    """Zone kind → `<baseline>:<clause>` that asks for it at this level."""
    required: dict[str, str] = {}
    for baseline in baselines:
        for name, clause in _rows(baseline).get(level, {}).items():
            kind = KIND_OF[name]
            if kind != BETWEEN_SITES:
                required.setdefault(kind, f"{baseline}:{clause}")
    return required
