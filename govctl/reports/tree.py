"""A run laid over its estate: the roll-up, and beside it the findings and what was not looked at.

Pure. The counting is `policies.rollup`'s; here every machine keeps its findings, a machine that the
run did not look at says so, and a target that the estate does not know is a stranger, not lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from govctl.estate.model import Estate, Unit
from govctl.evidence.model import Run
from govctl.reports.coverage import Reach, coverage, reach_of
from policies.model import SEVERITIES, Finding, Severity
from policies.rollup import WORST, Node, tally, tree


class Tree:
    """tier → unit → system (or the unit's network) → machine → findings."""

    def __init__(self, run: Run, estate: Estate) -> None:
        self.estate = estate
        self.root = tree(estate, run.findings)
        self.coverage = coverage(run, [machine.id for machine in estate.machines])
        self.tally = tally(run.findings)
        self._asked = frozenset(run.targets)
        self._findings = {
            target: tuple(sorted(findings, key=_worst_first))
            for target, findings in _by_target(run.findings).items()
        }

    @property
    def tiers(self) -> tuple[Node, ...]:
        """The levels of government, from the top."""
        return self.root.children

    @cached_property
    def units(self) -> tuple[Node, ...]:
        """Every unit that has machines, tier by tier."""
        return tuple(unit for tier in self.tiers for unit in tier.children)

    @cached_property
    def bare_units(self) -> tuple[Unit, ...]:
        """Units without machines."""
        busy = {unit.id for unit in self.units}
        return tuple(unit for unit in self.estate.units if unit.id not in busy)

    @cached_property
    def strangers(self) -> tuple[str, ...]:
        """Targets that the estate does not know, or does not know any more."""
        known = {machine.id for machine in self.estate.machines}
        return tuple(sorted((self._asked | set(self._findings)) - known))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Every machine in the order of the tree, strangers last."""
        return (*machines_of(self.root), *self.strangers)

    def findings(self, target: str) -> tuple[Finding, ...]:
        """A target's findings, worst first."""
        return self._findings.get(target, ())

    def findings_under(self, node: Node) -> tuple[Finding, ...]:
        """The findings of every machine below a node."""
        return tuple(f for target in machines_of(node) for f in self.findings(target))

    def reach(self, target: str) -> Reach:
        """What became of a target."""
        findings = self.findings(target)
        statuses = {finding.status for finding in findings}
        return reach_of(statuses) if findings or target in self._asked else "not-in-run"

    def severity(self, node: Node) -> Severity | None:
        """The gravest failure below a node; None if nothing failed."""
        failures = (f.severity for f in self.findings_under(node) if f.status == "fail")
        return max(failures, key=SEVERITIES.index, default=None)


def machines_of(node: Node) -> Iterator[str]:
    """Ids of the machines below a node, or of the node itself."""
    if node.kind == "machine":
        yield node.id
    for child in node.children:
        yield from machines_of(child)


def _by_target(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.target].append(finding)
    return found


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    grave = SEVERITIES.index(finding.severity)
    return (WORST.index(finding.status), -grave, finding.check)
