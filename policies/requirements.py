"""Baselines: tables of level, clause, key and threshold; and who answers them.

A key is a concept (`acc.inactive`); a check answers keys; a baseline says which keys a level asks
for, and how strictly. The tables are data in `baselines/`: one CSV a regulation.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from govctl.errors import UsageError
from govctl.texts import _
from policies.model import Check, Requirement

FOLDER = Path(__file__).parent / "baselines"
_ATTESTED = "attested.csv"
_THRESHOLD = re.compile(
    r"^(?P<name>\w+)\s*(?P<op>>=|<=|==|~=)\s*(?P<value>\S+)(?: (?P<unit>\S+))?$"
)
_BY_PEOPLE = ("document", "periodic-record", "interview")

Answer = Literal["automated", "attested", "open"]


@dataclass(frozen=True)
class Threshold:
    """`password_length_without_mfa>=14 characters`, taken apart."""

    name: str
    op: str
    """`>=`, `<=`, `==`, or `~=` (must contain all)."""
    value: str
    unit: str | None


@dataclass(frozen=True)
class Baseline:
    """One regulation's requirements, for every level."""

    id: str
    requirements: tuple[Requirement, ...]

    @cached_property
    def _levels(self) -> Mapping[int, tuple[Requirement, ...]]:
        levels: dict[int, list[Requirement]] = {}
        for requirement in self.requirements:
            levels.setdefault(requirement.level, []).append(requirement)
        return {level: tuple(rows) for level, rows in levels.items()}

    @cached_property
    def _keys(self) -> Mapping[tuple[int, str], Requirement]:
        return {(row.level, row.key): row for row in self.requirements}

    def level(self, level: int) -> tuple[Requirement, ...]:
        """What one level asks for; levels do not inherit."""
        return self._levels.get(level, ())

    def find(self, level: int, key: str) -> Requirement | None:
        """The requirement of a level with this key."""
        return self._keys.get((level, key))


@cache
def names() -> tuple[str, ...]:
    """Ids of the baselines that are shipped."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv") if path.name != _ATTESTED))


@cache
def load(name: str) -> Baseline:
    """A shipped baseline by its id; UsageError if there is none of this name."""
    if name not in names():
        known = ", ".join(names())
        raise UsageError(_("there is no baseline {name}", name=name),
                         hint=_("known are: {names}", names=known))  # fmt: skip
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return Baseline(name, tuple(_requirement(name, row) for row in csv.DictReader(lines)))


def _requirement(baseline: str, row: Mapping[str, str]) -> Requirement:
    return Requirement(
        baseline=baseline,
        level=int(row["level"]),
        key=row["key"],
        clause=row["clause"],
        threshold=row["threshold"],
        text={"en": row["topic_en"], "vi": row["topic_vi"]},
        group=row["group"],
        area=row["area"],
        strength=row["strength"],
        evidence=row["evidence"],
        period=row["period"],
        condition=row["condition"],
        applies_to=tuple(filter(None, row["applies_to"].split("|"))),
    )


@cache
def thresholds(text: str) -> tuple[Threshold, ...]:
    """The `threshold` column, taken apart; what cannot be read is left out (a test forbids it)."""
    matches = (_THRESHOLD.match(part) for part in filter(None, text.split("; ")))
    return tuple(Threshold(**match.groupdict()) for match in matches if match)


@cache
def left_to_people() -> Mapping[str, Mapping[str, str]]:
    """Key → what a person still has to attest after every check passed, in `en` and `vi`."""
    with (FOLDER / _ATTESTED).open(encoding="utf-8", newline="") as lines:
        return {row["key"]: {"en": row["en"], "vi": row["vi"]} for row in csv.DictReader(lines)}


def is_basic(requirement: Requirement) -> bool:
    """False for rows of an annex, which do not count in compliance."""
    return requirement.condition != "outside_basic_requirements"


def answering(requirement: Requirement, checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that answer a requirement."""
    return tuple(check for check in checks if requirement.key in check.answers)


@dataclass(frozen=True)
class Coverage:
    """How much of a level the checks can answer; annex rows are not counted."""

    automated: tuple[Requirement, ...]
    """At least one check answers it; `left_to_people` may still name a remainder."""
    attested: tuple[Requirement, ...]
    """Its proof is a document, a record or an interview: a person must attest it."""
    open: tuple[Requirement, ...]
    """A machine could prove it, and no check does yet."""

    @property
    def total(self) -> int:
        """Every basic requirement of the level."""
        return len(self.automated) + len(self.attested) + len(self.open)


def coverage(baseline: Baseline, level: int, checks: Iterable[Check]) -> Coverage:
    """Sort a level's requirements by who can answer them."""
    keys = {key for check in checks for key in check.answers}
    sorted_rows: dict[Answer, list[Requirement]] = {"automated": [], "attested": [], "open": []}
    for row in filter(is_basic, baseline.level(level)):
        sorted_rows[_answer(row, keys)].append(row)
    return Coverage(*(tuple(rows) for rows in sorted_rows.values()))


def _answer(requirement: Requirement, keys: set[str]) -> Answer:
    if requirement.key in keys:
        return "automated"
    return "attested" if requirement.evidence in _BY_PEOPLE else "open"
