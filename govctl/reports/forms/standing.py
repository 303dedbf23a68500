"""What a run says about one system: each requirement of its level, and each criterion of the law.

The status of a requirement is `policies.rollup`'s. Here it is made sure that nothing counts as met
for a system of which a machine was not looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from govctl.estate.model import Estate, Machine, System
from govctl.estate.papers import Step
from govctl.evidence.model import Probe
from govctl.reports.forms.material import FormMaterial
from govctl.reports.forms.words import CRITERIA, Criterion
from govctl.texts import msg
from policies.model import Status
from policies.requirements import is_basic
from policies.rollup import RequirementResult, requirements

NETWORK = "mạng"
"""The area whose requirements the network devices answer too."""


@dataclass(frozen=True)
class CriterionResult:
    """A criterion of article 30 for one system."""

    criterion: Criterion
    counts: Mapping[Status, int]
    step: Step | None

    @property
    def total(self) -> int:
        """Basic requirements of this criterion."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Requirements of which nobody knows whether they are met."""
        return self.counts["not-evaluated"] + self.counts["unreachable"]

    @property
    def met(self) -> bool | None:
        """True if all of it is met or proven not due; None where proof is missing."""
        if self.counts["fail"]:
            return False
        return None if self.open or not self.total else True


@dataclass(frozen=True)
class Standing:
    """One system in the light of a run."""

    system: System
    servers: tuple[Machine, ...]
    """The system's own machines."""
    network: tuple[Machine, ...]
    """Routers and firewalls of its site, and the bridge points that its flows come from."""
    results: tuple[RequirementResult, ...]
    """Every basic requirement of its level, baseline by baseline."""
    annex: tuple[RequirementResult, ...]
    """Rows of an annex: shown, and not counted."""
    unseen: tuple[str, ...]
    """Own machines of which the run has no result."""
    probes: tuple[Probe, ...]

    @property
    def devices(self) -> tuple[Machine, ...]:
        """Every machine that belongs to the system or carries it."""
        return (*self.servers, *self.network)


def standing(material: FormMaterial, system: System) -> Standing:
    """What the run says about a system; without a run every requirement is not evaluated."""
    estate = material.estate
    servers = servers_of(estate, system)
    network = _network(material, system)
    peers = [machine for machine in network if estate.level_of(machine) == system.level]
    judged = [machine.id for machine in (*servers, *peers)]
    findings = [one for name in judged for one in material.findings.get(name, ())]
    answered = {(finding.target, finding.check) for finding in findings}
    seen = {target for target, _check in answered}
    own = [machine.id for machine in servers]
    carriers = [machine.id for machine in network]
    rows = [
        _sure(row, own, carriers, answered)
        for baseline in material.baselines
        for row in requirements(baseline, system.level, material.checks.values(), findings)
    ]
    names = {machine.id for machine in (*servers, *network)}
    return Standing(
        system=system,
        servers=servers,
        network=network,
        results=tuple(row for row in rows if is_basic(row.requirement)),
        annex=tuple(row for row in rows if not is_basic(row.requirement)),
        unseen=tuple(name for name in own if name not in seen),
        probes=tuple(p for p in (material.run.probes if material.run else ()) if p.target in names),
    )


def servers_of(estate: Estate, system: System) -> tuple[Machine, ...]:
    """The system's own machines."""
    return tuple(machine for machine in estate.machines if machine.system == system.id)


def criteria(of: Standing) -> tuple[CriterionResult, ...]:
    """Each criterion in the order of article 30, counted over the system's basic requirements."""
    counters: dict[str, Counter[Status]] = {one.area: Counter() for one in CRITERIA}
    for row in of.results:
        if row.requirement.area in counters:
            counters[row.requirement.area][row.status] += 1
    roadmap = of.system.dossier.roadmap if of.system.dossier else None
    return tuple(
        CriterionResult(one, counters[one.area], getattr(roadmap, one.field) if roadmap else None)
        for one in CRITERIA
    )


def _network(material: FormMaterial, system: System) -> tuple[Machine, ...]:
    """Machines without a system of their own that carry this one, in the estate's order."""
    zones = {component.zone for component in system.components}
    origins = {
        zone
        for flow in material.estate.flows
        if zones.intersection(flow.destination.zones)
        for zone in flow.source.zones
    }
    return tuple(
        machine
        for machine in material.estate.machines
        if machine.system is None
        and (
            (machine.is_router and machine.site == system.site)
            or (
                machine.kind == "bridge-point"
                and any(leg.zone in origins for leg in machine.interfaces)
            )
        )
    )


def _sure(
    row: RequirementResult,
    own: Sequence[str],
    carriers: Sequence[str],
    answered: Collection[tuple[str, str]],
) -> RequirementResult:
    """The result, unless a check of it has no answer from a machine that it is due on.

    Requirements of the network are due on the machines that carry it, too.
    """
    if row.status not in ("pass", "not-applicable") or not row.checks:
        return row
    due = (*own, *carriers) if row.requirement.area == NETWORK else own
    missing = [name for name in due if any((name, check) not in answered for check in row.checks)]
    if not missing:
        return row
    reason = msg("not looked at by the checks of this level: {machines}",
                 machines=", ".join(missing))  # fmt: skip
    return replace(row, status="not-evaluated", reason=reason)
