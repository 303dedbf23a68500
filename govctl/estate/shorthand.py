"""The short forms of unit entries: `province: "25"` and `communes of: "25"`, for any tier.

They become `unit: "25"` and `descendants of: "25"` with the tier beside, at the same positions.
"""

from __future__ import annotations

from typing import Any

from govctl.estate.places import Problems
from govctl.estate.source import FORMS
from govctl.estate.yamlfile import Document, Way
from govctl.texts import _


def plural(tier: str) -> str:
    """`communes` for `commune`, `cities` for `city`."""
    return tier[:-1] + "ies" if tier.endswith("y") else tier + "s"


def spell_out(document: Document, problems: Problems) -> None:
    """Replace the short forms in place; an entry that names no unit is noted."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("units"), tuple):
        return
    tiers = [tier for tier in data.get("tiers") or () if isinstance(tier, str)]
    short = {tier: (tier, "unit") for tier in tiers}
    short |= {f"{plural(tier)} of": (tier, "descendants of") for tier in tiers}
    entries = []
    for index, entry in enumerate(data["units"]):
        way: Way = ("units", index)
        if isinstance(entry, dict):
            entry = _spelt(document, way, entry, short)  # noqa: PLW2901 - the same entry, in full
            if not any(form in entry for form in FORMS):
                _unclear(document, way, entry, [*FORMS, *short], problems)
                document.told.add(way)
                entry = None  # noqa: PLW2901 - validation drops it; what is wrong was noted
        entries.append(entry)
    data["units"] = tuple(entries)


def _spelt(
    document: Document, way: Way, entry: dict[str, Any], short: dict[str, Any]
) -> dict[str, Any]:
    found = [key for key in entry if key in short]
    if len(found) != 1:
        return entry
    tier, key = short[found[0]]
    result = {key if name == found[0] else name: value for name, value in entry.items()}
    if "tier" not in result:
        result["tier"] = tier
        document.values[(*way, "tier")] = document.keys[(*way, found[0])]
    for positions in (document.values, document.keys):
        positions[(*way, key)] = positions[(*way, found[0])]
    if (*way, found[0]) in document.plain:
        document.plain[(*way, key)] = document.plain[(*way, found[0])]
    return result


def _unclear(
    document: Document, way: Way, entry: dict[str, Any], known: list[str], problems: Problems
) -> None:
    first = next(iter(entry), "")
    message = _('"{key}" does not say which unit is meant', key=first)
    problems.unknown(document.at_key((*way, first)), message, first, known)
