"""A run laid over its estate: the roll-up, and beside it the findings and what was not looked at.

Pure. The counting is `policies.rollup`'s; here every machine keeps its findings, a machine that the
run did not look at says so, and a target that the estate does not know is a stranger, not lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from govctl.estate.model import Estate, Unit
from govctl.evidence.model import Run
from govctl.evidence.sheets import statuses_of
from policies.model import SEVERITIES, Finding, Severity, Status
from policies.rollup import WORST, Node, tally, tree

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
    reach = {target: _reach(by_target.get(target, ())) for target in run.targets}
    counts = sum((Counter(counts) for counts in by_target.values()), Counter[Status]())
    return Coverage(
        targets=tuple(sorted(run.targets)),
        unreachable=tuple(sorted(t for t, what in reach.items() if what == "unreachable")),
        no_result=tuple(sorted(t for t, what in reach.items() if what == "no-result")),
        not_in_run=tuple(sorted(set(machines) - set(run.targets))),
        results=counts.total(),
        evaluated=counts.total() - counts["not-evaluated"] - counts["unreachable"],
    )


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
        return _reach(statuses) if findings or target in self._asked else "not-in-run"

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


def _reach(statuses: Collection[Status]) -> Reach:
    if not statuses:
        return "no-result"
    return "unreachable" if set(statuses) == {"unreachable"} else "reached"


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    grave = SEVERITIES.index(finding.severity)
    return (WORST.index(finding.status), -grave, finding.check)
