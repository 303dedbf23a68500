"""Baselines: tables of level, clause, key and threshold.

A key is a concept (`acc.inactive`); a check answers keys; a baseline says which keys a level asks
for, and how strictly. The tables are data in `baselines/`: one CSV a regulation, and beside it a
YAML file that says what it is. An organisation's own tables lie in `baselines/` beside its estate.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from govctl.errors import InputError, Problem, UsageError
from govctl.estate.strictness import Threshold, read
from govctl.texts import _
from policies import tables
from policies.model import Check, Requirement

__all__ = ["Baseline", "Threshold", "answering", "is_basic", "left_to_people", "load", "names",
           "thresholds", "use"]  # fmt: skip

FOLDER = Path(__file__).parent / "baselines"
_HEADER = "level,"
"""How a baseline's table begins; others lie beside them."""


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

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that it asks something of."""
        return tuple(sorted(self._levels))

    def level(self, level: int) -> tuple[Requirement, ...]:
        """What one level asks for; levels do not inherit."""
        return self._levels.get(level, ())

    def find(self, level: int, key: str) -> Requirement | None:
        """The requirement of a level with this key."""
        return self._keys.get((level, key))


_own: dict[str, tuple[Path, Baseline]] = {}


def use(folder: Path) -> tuple[str, ...]:
    """Let an organisation's tables (`*.csv` of a folder) count for the rest of this run.

    Their ids; InputError with every problem of all of them.
    """
    problems: list[Problem] = []
    found = {}
    for path in sorted(folder.glob("*.csv")):
        if path.stem in _shipped():
            problems.append(tables.problem_of_name(path, path.stem))
            continue
        try:
            found[path.stem] = (path, Baseline(path.stem, tables.read(path)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    _own.update(found)
    return tuple(found)


@cache
def _shipped() -> tuple[str, ...]:
    found = []
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8") as lines:
            if lines.readline().startswith(_HEADER):
                found.append(path.stem)
    return tuple(sorted(found))


def names() -> tuple[str, ...]:
    """Ids of the baselines that are shipped, then of an organisation's own."""
    return (*_shipped(), *sorted(_own)) if _own else _shipped()


def path_of(name: str) -> Path:
    """Where a baseline's table lies."""
    return _own[name][0] if name in _own else FOLDER / f"{name}.csv"


def load(name: str) -> Baseline:
    """A baseline by its id; UsageError if there is none of this name."""
    if name in _own:
        return _own[name][1]
    if name not in _shipped():
        known = ", ".join(names())
        raise UsageError(_("there is no baseline {name}", name=name),
                         hint=_("known are: {names}", names=known))  # fmt: skip
    return _load(name)


@cache
def _load(name: str) -> Baseline:
    with path_of(name).open(encoding="utf-8", newline="") as lines:
        return Baseline(name, tuple(tables.requirement(name, row) for row in csv.DictReader(lines)))


def thresholds(text: str) -> tuple[Threshold, ...]:
    """The `threshold` column, taken apart."""
    return read(text)


@cache
def left_to_people() -> Mapping[str, Mapping[str, str]]:
    """Key → what a person still has to attest after every check passed, in `en` and `vi`."""
    with (FOLDER / "attested.csv").open(encoding="utf-8", newline="") as lines:
        return {row["key"]: {"en": row["en"], "vi": row["vi"]} for row in csv.DictReader(lines)}


def is_basic(requirement: Requirement) -> bool:
    """False for rows of an annex, which do not count in compliance."""
    return requirement.condition != "outside_basic_requirements"


def answering(requirement: Requirement, checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that answer a requirement."""
    return tuple(check for check in checks if requirement.key in check.answers)
