"""From findings up: machine, system, unit, tier; and from checks to requirements. All pure.

A status of many is the worst of them, and says so beside how much was looked at at all: a green
number over half of the machines is no green number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from govctl.estate.frozen import Text
from govctl.estate.model import Estate, Machine
from govctl.texts import Message, msg
from policies.attested import Attested, closing, words_of
from policies.model import STATUSES, Check, Finding, Requirement, Status, Verdict
from policies.requirements import Baseline, left_to_people

if TYPE_CHECKING:
    from policies.conditions import Proof

WORST: tuple[Status, ...] = ("fail", "unreachable", "not-evaluated", "pass", "not-applicable")
Kind = Literal["estate", "tier", "unit", "system", "machine"]
NETWORK = Text(vi="Mạng", en="Network")


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of them; `not-evaluated` for none at all."""
    found = set(statuses)
    return next((status for status in WORST if status in found), "not-evaluated")


@dataclass(frozen=True)
class Tally:
    """Findings counted by status."""

    counts: Mapping[Status, int]
    waived: int = 0
    """Of the failures, those whose risk was accepted; they stay failures."""
    excepted: int = 0
    """Of all, those not due or judged otherwise by a recorded exception."""

    @property
    def status(self) -> Status:
        """The worst one."""
        return worst(status for status, count in self.counts.items() if count)

    @property
    def total(self) -> int:
        """All findings."""
        return sum(self.counts.values())

    @property
    def evaluated(self) -> int:
        """Findings that say something: pass, fail, or not applicable with its proof."""
        return self.total - self.counts["not-evaluated"] - self.counts["unreachable"]


def tally(findings: Iterable[Finding]) -> Tally:
    """Count findings."""
    every = list(findings)
    counter = Counter(finding.status for finding in every)
    waived = sum(one.status == "fail" and one.waiver is not None for one in every)
    excepted = sum(bool(finding.exception) for finding in every)
    return Tally({status: counter[status] for status in STATUSES}, waived, excepted)


@dataclass(frozen=True)
class Node:
    """A place in the tree of results."""

    kind: Kind
    id: str
    name: Text
    tally: Tally
    machines: int
    """Machines that the estate has here."""
    seen: int
    """Machines of which at least one finding is neither unreachable nor absent."""
    children: tuple[Node, ...] = ()

    @property
    def status(self) -> Status:
        """The worst finding below; `not-evaluated` counts where machines were not looked at."""
        own = self.tally.status
        return worst([own, "not-evaluated"]) if self.seen < self.machines else own


def tree(estate: Estate, findings: Sequence[Finding]) -> Node:
    """The estate → tiers → units → systems → machines; findings of unknown targets are left out."""
    by_target: dict[str, list[Finding]] = {}
    for finding in findings:
        by_target.setdefault(finding.target, []).append(finding)
    tiers = []
    for tier in estate.tiers:
        units = [_unit(estate, unit.id, by_target) for unit in estate.units
                 if _tier_of(estate, unit.id) == tier]  # fmt: skip
        busy = [unit for unit in units if unit.machines]
        tiers.append(_parent("tier", tier, Text(vi=tier, en=tier), busy))
    return _parent("estate", estate.id, estate.name, tiers)


def _tier_of(estate: Estate, unit: str) -> str | None:
    """A unit's own tier; an agency belongs to the tier of the unit above it."""
    for ancestor in reversed(estate.path_of(unit)):
        tier = estate.unit(ancestor).tier
        if tier is not None:
            return tier
    return None


def _unit(estate: Estate, unit: str, by_target: Mapping[str, Sequence[Finding]]) -> Node:
    groups: dict[str, list[Machine]] = {}
    for machine in estate.machines:
        if machine.unit == unit:
            groups.setdefault(machine.system or "network", []).append(machine)
    systems = []
    for system, machines in groups.items():
        name = NETWORK if machines[0].system is None else estate.system(system).name
        leaves = [_machine(machine, by_target.get(machine.id, ())) for machine in machines]
        systems.append(_parent("system", system, name, leaves))
    return _parent("unit", unit, estate.unit(unit).name, systems)


def _machine(machine: Machine, findings: Sequence[Finding]) -> Node:
    seen = any(finding.status != "unreachable" for finding in findings)
    name = Text(vi=machine.id, en=machine.id)
    return Node("machine", machine.id, name, tally(findings), 1, int(seen))


def _parent(kind: Kind, key: str, name: Text, children: Sequence[Node]) -> Node:
    counts = {status: sum(child.tally.counts[status] for child in children) for status in STATUSES}
    return Node(
        kind=kind,
        id=key,
        name=name,
        tally=Tally(
            counts,
            sum(child.tally.waived for child in children),
            sum(child.tally.excepted for child in children),
        ),
        machines=sum(child.machines for child in children),
        seen=sum(child.seen for child in children),
        children=tuple(children),
    )


@dataclass(frozen=True)
class RequirementResult:
    """What the findings say about one requirement."""

    requirement: Requirement
    status: Status
    reason: Message
    checks: tuple[str, ...]
    """The checks that answer it."""
    tally: Tally
    """Their findings."""
    left: Mapping[str, str] | None = None
    """What the checks cannot show and a person must attest, in `en` and `vi`."""
    by_plan: bool = False
    """True if the estate's own description answers it."""
    evidence: tuple[str, ...] = ()
    """What the description shows, or why the requirement is not due."""
    attested: tuple[Attested, ...] = ()
    """The attestations that hold for it on every target."""


def requirements(
    baseline: Baseline,
    level: int,
    checks: Iterable[Check],
    findings: Iterable[Finding],
    *,
    declared: Mapping[str, Verdict] | None = None,
    proofs: Mapping[str, Proof] | None = None,
    attestations: Sequence[Attested] = (),
    targets: Collection[str] | None = None,
) -> tuple[RequirementResult, ...]:
    """Every requirement of a level, judged over the findings of the targets that answer to it.

    `pass` only if each check that answers it passes on each target, and nothing is left that a
    person must attest. Give findings of targets of this level only. `declared`: what the estate's
    description says, by key. `proofs`: what is known of conditions (`if_dhcp`); a requirement whose
    condition is proven absent is `not-applicable`, unless something of it fails.
    `attestations`: those that hold at the moment of the run. They count where they hold for each of
    `targets` (those of the findings, if it is None); none of them counts against a check.
    """
    by_key: dict[str, list[Check]] = {}
    for check in checks:
        for key in check.answers:
            by_key.setdefault(key, []).append(check)
    by_check: dict[str, list[Finding]] = {}
    seen: set[str] = set()
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)
        seen.add(finding.target)
    due = seen if targets is None else targets
    plan, known = declared or {}, proofs or {}
    return tuple(
        _requirement(row, by_key.get(row.key, []), by_check, plan.get(row.key),
                     known.get(row.condition), closing(attestations, row, due))
        for row in baseline.level(level)
    )  # fmt: skip


def _requirement(
    row: Requirement,
    checks: Sequence[Check],
    by_check: Mapping[str, Sequence[Finding]],
    plan: Verdict | None,
    proof: Proof | None,
    attested: tuple[Attested, ...],
) -> RequirementResult:
    found = [finding for check in checks for finding in by_check.get(check.id, ())]
    counted = tally(found)
    status, reason = _status(checks, by_check, counted)
    evidence: tuple[str, ...] = ()
    if plan is not None and (not checks or worst((status, plan.status)) != status):
        status, reason, evidence = plan.status, plan.reason, plan.evidence
    if proof is not None and proof.status == "absent" and status not in ("fail", "unreachable"):
        status, reason, evidence = "not-applicable", proof.reason, proof.evidence
    if row.left_out and status not in ("fail", "unreachable"):
        status, reason = _left_out(row)
    left = left_to_people().get(row.key) if checks or plan else None
    is_rest = status == "pass" and left is not None
    is_unanswered = not checks and plan is None and status == "not-evaluated" and not row.left_out
    if attested and (is_rest or is_unanswered):
        status, reason = "pass", words_of(attested)
    elif is_rest:
        status = "not-evaluated"
        reason = msg("every check passes; a person must still attest the rest")
    names = tuple(check.id for check in checks)
    by_plan = plan is not None
    return RequirementResult(row, status, reason, names, counted, left, by_plan, evidence,
                             attested)  # fmt: skip


def _left_out(row: Requirement) -> tuple[Status, Message]:
    """Nobody can release an estate from what a baseline requires, only from what it suggests."""
    if row.strength == "suggested":
        return "not-applicable", msg("a suggestion that the estate leaves out: {reason}",
                                     reason=row.left_out)  # fmt: skip
    return "not-evaluated", msg("the estate leaves it out, and the baseline asks for it all the "
                                "same: {reason}", reason=row.left_out)  # fmt: skip


def _status(
    checks: Sequence[Check],
    by_check: Mapping[str, Sequence[Finding]],
    counted: Tally,
) -> tuple[Status, Message]:
    if not checks:
        return "not-evaluated", msg("no check answers this: a person or a later check must")
    if counted.status in ("fail", "unreachable"):
        return counted.status, msg("{count} of {total} findings fail or are missing",
                                   count=counted.counts["fail"] + counted.counts["unreachable"],
                                   total=counted.total)  # fmt: skip
    silent = [check.id for check in checks if not by_check.get(check.id)]
    if silent or counted.counts["not-evaluated"]:
        return "not-evaluated", msg("{count} of {total} findings are not evaluated, {silent} "
                                    "checks did not run", total=counted.total,
                                    count=counted.counts["not-evaluated"],
                                    silent=len(silent))  # fmt: skip
    is_open = counted.status == "not-applicable" and counted.excepted < counted.total
    if is_open and any(check.kernel for check in checks):
        return "not-evaluated", msg("only the owner of the kernel can answer this")
    return _good(counted)


def _good(counted: Tally) -> tuple[Status, Message]:
    """Where nothing fails and nothing is open; recorded exceptions are said."""
    total, count = counted.total, counted.excepted
    if counted.status == "not-applicable":
        if not count:
            return "not-applicable", msg("no check of this is due on these targets")
        return "not-applicable", msg("no check of this is due on these targets, {count} by "
                                     "recorded exceptions", count=count)  # fmt: skip
    if not count:
        return "pass", msg("all {total} findings pass", total=total)
    return "pass", msg("all {total} findings pass or are not due, {count} by recorded exceptions",
                       total=total, count=count)  # fmt: skip
