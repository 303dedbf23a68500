"""The requirements of one level of government, by the baselines' own groups.

What a requirement's status is, `policies.rollup` says. Rows of an annex are no basic requirements
and are not counted. Nothing here is a percentage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.tree import Tree, machines_of
from policies.model import Check, Finding, Status
from policies.requirements import Baseline, is_basic
from policies.rollup import Node, RequirementResult, requirements


@dataclass(frozen=True)
class RequirementGroup:
    """The rows of one group, e.g. logs."""

    key: str
    rows: tuple[RequirementResult, ...]

    def having(self, status: Status | None) -> int:
        """How many rows have this status; None counts those that no check answers."""
        return sum(outcome(row) == status for row in self.rows)


def outcome(row: RequirementResult) -> Status | None:
    """A row's status; None if no check answers it."""
    return row.status if row.checks else None


def of_tier(
    tier: Node, tree: Tree, baselines: Sequence[Baseline], checks: Iterable[Check]
) -> tuple[RequirementGroup, ...]:
    """Every row due at the levels of the tier's machines, groups in alphabetical order."""
    by_level: dict[int, list[Finding]] = defaultdict(list)
    for target in machines_of(tier):
        level = tree.estate.level_of(tree.estate.machine(target))
        by_level[level] += tree.findings(target)
    every = tuple(checks)
    groups: dict[str, list[RequirementResult]] = defaultdict(list)
    for baseline in baselines:
        for level in sorted(by_level):
            for row in requirements(baseline, level, every, by_level[level]):
                if is_basic(row.requirement):
                    groups[row.requirement.group].append(row)
    return tuple(RequirementGroup(key, tuple(groups[key])) for key in sorted(groups))


@dataclass(frozen=True)
class Placed:
    """A requirement's result, and the level of government that it is about."""

    tier: str | None
    """None for a run outside any estate."""
    result: RequirementResult


def placed(run: Run, context: Context) -> tuple[Placed, ...]:
    """Every row that the run's baselines ask for, tier by tier."""
    if context.estate is None:
        return tuple(Placed(None, row) for row in _of_run(run, context))
    tree = Tree(run, context.estate)
    return tuple(
        Placed(tier.id, row)
        for tier in tree.tiers
        for group in of_tier(tier, tree, context.baselines, context.checks.values())
        for row in group.rows
    )


def _of_run(run: Run, context: Context) -> Iterator[RequirementResult]:
    """Rows of the levels that the findings' own clauses belong to: a run keeps no level."""
    judged = {clause for finding in run.findings for clause in finding.requirements}
    for baseline in context.baselines:
        levels = {row.level for row in baseline.requirements if row.id in judged}
        for level in sorted(levels):
            due = {row.id for row in baseline.level(level)}
            findings = [one for one in run.findings if not due.isdisjoint(one.requirements)]
            for row in requirements(baseline, level, context.checks.values(), findings):
                if is_basic(row.requirement):
                    yield row
