"""How requirements are answered, once per key: by checks, by the declared model, or by people.

A row of a check names keys (`answers`). Some baselines have their own key for what another key asks
already (`l3.srv.log.ntp` for `log.ntp`): `baselines/through.csv` says so, and whatever answers the
one answers the other, now and when checks are added.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from policies.model import Check, Requirement
from policies.pack.zones import ZONE_KEYS
from policies.requirements import FOLDER, Baseline, is_basic

BY_PEOPLE = ("document", "periodic-record", "interview")
Answer = Literal["automated", "attested", "open"]
Means = Literal["hosts", "plan", "people", "open"]
"""Checks on machines; the declared model; a person's attestation; nobody yet."""


@cache
def _implied() -> Mapping[str, tuple[str, ...]]:
    """Key → the keys that are answered through it."""
    found: dict[str, list[str]] = {}
    with (FOLDER / "through.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for key in row["through"].split("|"):
                found.setdefault(key, []).append(row["key"])
    return {key: tuple(keys) for key, keys in found.items()}


def with_implied(answers: Iterable[str]) -> tuple[str, ...]:
    """The keys of a row, and those that are answered through them."""
    own = tuple(answers)
    every = (*own, *(key for one in own for key in _implied().get(one, ())))
    return tuple(dict.fromkeys(every))


def means(requirement: Requirement, keys: frozenset[str]) -> Means:
    """How a requirement is answered; `keys` are those that checks answer."""
    if requirement.key in keys:
        return "hosts"
    if requirement.key in ZONE_KEYS:
        return "plan"
    return "people" if requirement.evidence in BY_PEOPLE else "open"


def answered_keys(checks: Iterable[Check]) -> frozenset[str]:
    """Every key that some check answers."""
    return frozenset(key for check in checks for key in check.answers)


@dataclass(frozen=True)
class Coverage:
    """Who can answer a level's requirements; annex rows are not counted."""

    automated: tuple[Requirement, ...]
    """A check or the declared model answers it; `left_to_people` may still name a remainder."""
    attested: tuple[Requirement, ...]
    """Its proof is a document, a record or an interview: a person must attest it."""
    open: tuple[Requirement, ...]
    """A machine could prove it, and nothing does yet."""

    @property
    def total(self) -> int:
        """Every basic requirement of the level."""
        return len(self.automated) + len(self.attested) + len(self.open)


def coverage(baseline: Baseline, level: int, checks: Iterable[Check]) -> Coverage:
    """Sort a level's requirements by who can answer them."""
    return coverage_of(baseline.level(level), checks)


def coverage_of(rows: Iterable[Requirement], checks: Iterable[Check]) -> Coverage:
    """The same for some rows, of a group, say."""
    keys = answered_keys(checks)
    sorted_rows: dict[Answer, list[Requirement]] = {"automated": [], "attested": [], "open": []}
    for row in filter(is_basic, rows):
        how = means(row, keys)
        kind: Answer = ("open" if how == "open" else
                        "attested" if how == "people" else "automated")  # fmt: skip
        sorted_rows[kind].append(row)
    return Coverage(*(tuple(found) for found in sorted_rows.values()))
