"""The requirements of one level of government, by the baselines' own groups.

What a requirement's status is, `policies.rollup` says. Rows of an annex are no basic requirements
and are not counted. Nothing here is a percentage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from govctl.estate.model import Estate, Machine
from govctl.reports.tree import Tree, machines_of
from policies.conditions import Traces, proofs
from policies.declared import verdicts
from policies.model import Check, Status
from policies.requirements import Baseline, is_basic
from policies.rollup import Node, RequirementResult, requirements
from policies.tailoring import tailored


@dataclass(frozen=True)
class RequirementGroup:
    """The rows of one group, e.g. logs."""

    key: str
    rows: tuple[RequirementResult, ...]

    def having(self, status: Status | None) -> int:
        """How many rows have this status; None counts those that no check answers."""
        return sum(outcome(row) == status for row in self.rows)


def outcome(row: RequirementResult) -> Status | None:
    """A row's status; None if no check, no plan and no proof of absence answers it."""
    is_answered = row.checks or row.by_plan or row.status == "not-applicable"
    return row.status if is_answered else None


def of_tier(
    tier: Node,
    tree: Tree,
    baselines: Sequence[Baseline],
    checks: Iterable[Check],
    traces: Mapping[str, Traces] | None = None,
) -> tuple[RequirementGroup, ...]:
    """Every row due at the levels of the tier's machines, groups in alphabetical order.

    Rows stand as the estate tailors them for any of these machines. `traces`: what the machines'
    facts show of conditions.
    """
    estate, every = tree.estate, tuple(checks)
    by_level: dict[int, list[Machine]] = defaultdict(list)
    for target in machines_of(tier):
        machine = estate.machine(target)
        by_level[estate.level_of(machine)].append(machine)
    groups: dict[str, list[RequirementResult]] = defaultdict(list)
    for level, machines in sorted(by_level.items()):
        known = proofs(estate, machines, traces or {})
        names = dict.fromkeys(one.system for one in machines if one.system is not None)
        systems = [system for system in map(estate.system, names) if system.level == level]
        for baseline, answering in _with_machines(estate, baselines, machines):
            findings = [one for machine in answering for one in tree.findings(machine.id)]
            declared = verdicts(baseline.level(level), estate, systems)
            for row in requirements(
                baseline, level, every, findings, declared=declared, proofs=known
            ):
                if is_basic(row.requirement):
                    groups[row.requirement.group].append(row)
    return tuple(RequirementGroup(key, tuple(groups[key])) for key in sorted(groups))


def _with_machines(
    estate: Estate, baselines: Sequence[Baseline], machines: Sequence[Machine]
) -> Iterator[tuple[Baseline, Sequence[Machine]]]:
    """Each baseline with the machines that answer to it: own requirements have a scope."""
    entries = [one for one in estate.tailoring
               if any(one in estate.tailoring_of(machine) for machine in machines)]  # fmt: skip
    if not entries:
        yield from ((baseline, machines) for baseline in baselines)
        return
    shown = {baseline.id for baseline in baselines}
    for baseline in tailored(estate, entries):
        if baseline.id in shown:
            yield baseline, machines
    for entry in entries:
        if entry.additions:
            of_entry = [one for one in machines if entry in estate.tailoring_of(one)]
            yield tailored(estate, [entry])[-1], of_entry
