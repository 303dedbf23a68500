"""How the requirements came out, in a list: the same rows that the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.page_view import PageView
from policies.requirements import is_basic
from policies.rollup import RequirementResult, requirements


@dataclass(frozen=True)
class Placed:
    """A requirement's result, and the level of government that it is about."""

    tier: str | None
    """None for a run outside any estate."""
    result: RequirementResult


def placed(run: Run, context: Context) -> tuple[Placed, ...]:
    """Every row that the run's baselines ask for, tier by tier."""
    if context.material is None:
        return tuple(Placed(None, row) for row in _of_run(run, context))
    return tuple(
        Placed(tier.id, row)
        for _number, tier, groups in PageView(context.material()).tiers
        for group in groups
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
