"""What a run looked at and what it left out, with no estate around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from govctl.evidence.model import Run
from govctl.evidence.sheets import statuses_of
from policies.model import Status

Reach = Literal["reached", "unreachable", "no-result", "not-in-run"]
"""What became of a machine: looked at; did not answer; asked for and yet nothing came out; not
asked for in this run."""


@dataclass(frozen=True)
class Coverage:
    """What was looked at, and what was not."""

    targets: tuple[str, ...]
    """What the run was to look at."""
    unreachable: tuple[str, ...]
    no_result: tuple[str, ...]
    not_in_run: tuple[str, ...]
    """Machines of the estate that the run left out."""
    results: int
    evaluated: int

    @property
    def reached(self) -> int:
        """Targets with at least one answer."""
        return len(self.targets) - len(self.unreachable) - len(self.no_result)

    @property
    def complete(self) -> bool:
        """True if nothing was left out, nothing was silent and every result says something."""
        return self.reached == len(self.targets) and not self.not_in_run and (
            self.evaluated == self.results
        )  # fmt: skip


def coverage(run: Run, machines: Sequence[str] = ()) -> Coverage:
    """What a run looked at; `machines` are those that the estate has."""
    by_target = statuses_of(run.findings)
    reach = {target: reach_of(by_target.get(target, ())) for target in run.targets}
    counts = sum((Counter(counts) for counts in by_target.values()), Counter[Status]())
    return Coverage(
        targets=tuple(sorted(run.targets)),
        unreachable=tuple(sorted(t for t, what in reach.items() if what == "unreachable")),
        no_result=tuple(sorted(t for t, what in reach.items() if what == "no-result")),
        not_in_run=tuple(sorted(set(machines) - set(run.targets))),
        results=counts.total(),
        evaluated=counts.total() - counts["not-evaluated"] - counts["unreachable"],
    )


def reach_of(statuses: Collection[Status]) -> Reach:
    """What became of a target whose findings have these statuses."""
    if not statuses:
        return "no-result"
    return "unreachable" if set(statuses) == {"unreachable"} else "reached"
