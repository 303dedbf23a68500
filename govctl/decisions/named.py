"""What a decision is about: checks and requirements, by the names that people know them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property

from govctl.decisions.model import Row
from govctl.estate.model import Estate
from govctl.texts import _
from policies.model import Check, Requirement
from policies.requirements import Baseline
from policies.tailoring import tailored


@dataclass(frozen=True)
class Unknown:
    """A name that means nothing, in words, with one that may be meant."""

    message: str
    hint: str | None = None


class Named:
    """The checks of this version and the requirements that an estate answers to."""

    def __init__(self, estate: Estate, checks: Sequence[Check]) -> None:
        self.estate = estate
        self.checks = checks
        self.baselines: Mapping[str, Baseline] = {
            baseline.id: baseline for baseline in tailored(estate, estate.tailoring)
        }

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """Machine → the level that it answers to."""
        estate = self.estate
        return {machine.id: estate.level_of(machine) for machine in estate.machines}

    def is_requirement(self, word: str) -> bool:
        """True if a word names a requirement rather than a check."""
        key = word.removeprefix("key:")
        return key != word or word.partition(":")[0] in self.baselines or key in self._keys

    def check_ids(self, word: str) -> frozenset[str] | Unknown:
        """Checks by id or glob."""
        found = {check.id for check in self.checks if word == check.id}
        found = found or {check.id for check in self.checks if fnmatchcase(check.id, word)}
        if found and len(found) == len(self.checks):
            hint = _("accept risks one by one")
            return Unknown(_('"{name}" would accept the failure of every check', name=word), hint)
        if found:
            return frozenset(found)
        near = _near(word, [check.id for check in self.checks])
        return Unknown(_("no check is called {name}", name=word), near)

    def rows(self, word: str) -> frozenset[Row] | Unknown:
        """Requirements by `BASELINE:CLAUSE`, `BASELINE:KEY` or `KEY`."""
        key = word.removeprefix("key:")
        if ":" not in key:
            found = frozenset(_row(row) for row in self._every if row.key == key)
            if found:
                return found
            return Unknown(_("no requirement has the key {name}", name=key), _near(key, self._keys))
        name, _colon, rest = word.partition(":")
        if name not in self.baselines:
            listed = ", ".join(self.baselines) or "–"
            hint = _("its baselines are: {names}", names=listed)
            return Unknown(_("the estate does not answer to {name}", name=name), hint)
        rows = self.baselines[name].requirements
        found = frozenset(_row(row) for row in rows if rest in (row.clause, row.key))
        if found:
            return found
        names = {one for row in rows for one in (row.clause, row.key)}
        message = _("{baseline} has no requirement {name}", baseline=name, name=rest)
        return Unknown(message, _near(rest, names))

    def accepted(
        self, machines: Iterable[str], ids: frozenset[str], rows: frozenset[Row]
    ) -> frozenset[str]:
        """The checks whose failure on one of these machines would be accepted."""
        levels = {self.levels[machine] for machine in machines}
        if not levels:
            return frozenset()
        baselines = tuple(self.baselines.values())
        keys = {key for _baseline, _level, key in rows}
        wholly = {
            check.id for check in self.checks
            if not keys.isdisjoint(check.answers)
            and any(is_covered(check, level, baselines, rows) for level in levels)
        }  # fmt: skip
        return ids | wholly

    def due(self, machines: Iterable[str], rows: frozenset[Row]) -> frozenset[Row]:
        """Those of the rows that some of these machines answers to."""
        levels = {self.levels[machine] for machine in machines}
        return frozenset(row for row in rows if row[1] in levels)

    def requirement(self, row: Row) -> Requirement | None:
        """The requirement of a row."""
        return self.baselines[row[0]].find(row[1], row[2])

    @cached_property
    def _every(self) -> tuple[Requirement, ...]:
        return tuple(row for one in self.baselines.values() for row in one.requirements)

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(row.key for row in self._every)


def is_covered(
    check: Check, level: int, baselines: Iterable[Baseline], rows: frozenset[Row]
) -> bool:
    """True if every requirement that a check answers at a level is among the rows, and one is.

    A check may answer several: who accepts the failure of one has not accepted that of the others.
    """
    answered = {
        (baseline.id, level, key)
        for baseline in baselines for key in check.answers
        if baseline.find(level, key) is not None
    }  # fmt: skip
    return bool(answered) and answered <= rows


def _row(requirement: Requirement) -> Row:
    return requirement.baseline, requirement.level, requirement.key


def _near(name: str, names: Iterable[str]) -> str | None:
    near = get_close_matches(name, list(names), 1)
    return _("did you mean {name}?", name=near[0]) if near else None
