"""The requirements of one level of government, by the baselines' own groups.

What a requirement's status is, `policies.rollup` says. Rows of an annex are no basic requirements
and are not counted. Nothing here is a percentage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
