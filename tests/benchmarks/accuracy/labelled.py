"""Our own labelled set (`tests/policies/cases`): facts with the verdict that a person gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from policies.judge import judge
from policies.model import Check
from tests.policies.cases.model import Cases
from tests.policies.hosts import host

COLUMNS = ("pass", "fail", "not-applicable", "not-evaluated")


@dataclass(frozen=True)
class Matrix:
    """How a part of the set was judged."""

    checks: int
    found: Counter[tuple[str, str]]
    """(label, verdict) → how many."""
    awkward: int
    """Cases besides one that passes and one that fails for each check."""

    def row(self, label: str) -> list[str]:
        """A row of the confusion matrix, as text."""
        return [label, *(str(self.found[(label, verdict)]) for verdict in COLUMNS)]


def measure(checks: Iterable[Check], cases: Cases) -> Matrix:
    """Judge every case of these checks."""
    found: Counter[tuple[str, str]] = Counter()
    known, awkward = 0, 0
    for check in checks:
        case = cases[check.id]
        known, awkward = known + 1, awkward + len(case.good) + len(case.bad) - 2
        for label, every in (("pass", case.good), ("fail", case.bad)):
            found.update((label, judge(host(*facts), [check])[0].status) for facts in every)
    return Matrix(known, found, awkward)
