"""`up`: images, provisioning, a scan, hardening of what failed, and a scan of what was hardened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from govctl.estate.loader import lock
from govctl.estate.model import Machine
from govctl.evidence import hardening as kept
from govctl.evidence.model import Probe as Answer
from govctl.evidence.model import Run
from govctl.evidence.waves import NAME as WAVES
from govctl.evidence.waves import document_of as waves_document
from govctl.pipeline.decided import decided
from govctl.pipeline.due import due_checks
from govctl.pipeline.events import Stage
from govctl.pipeline.harden.companions import companions, joined
from govctl.pipeline.harden.contradictions import check_components
from govctl.pipeline.harden.harden_waves import harden_in_waves, order_of
from govctl.pipeline.harden.hardening import HardenResult, HardenTarget, due_of, harden
from govctl.pipeline.harden.journal import Journal
from govctl.pipeline.harden.unproven import prove, still_unproven, unproven
from govctl.pipeline.image.images import build_images
from govctl.pipeline.job import Job
from govctl.pipeline.probes import ask_services
from govctl.pipeline.provision import Made, Plan, plan, provision
from govctl.pipeline.reach import address_of
from govctl.pipeline.rollout.unfinished import some
from govctl.pipeline.rollout.waves import Pace, WavesResult, pace_of
from govctl.pipeline.settle import wait_settled
from govctl.pipeline.verify import Verified, verify, wait_reachable
from govctl.texts import msg
from policies.context import context_of
from policies.fixes import fixes
from policies.model import Check, Finding
from policies.target import TargetContext
from scanners.host.visit import WORKERS

Probe = Callable[[Job], tuple[Answer, ...]]


@dataclass(frozen=True)
class UpResult:
    """What `up` came to."""

    made: Made
    hardened: Mapping[str, HardenResult]
    verified: Verified
    waves: WavesResult[HardenResult] | None = None
    """How far the hardening came; None without one."""


@dataclass(frozen=True)
class HardenedResult:
    """What hardening came to."""

    hardened: Mapping[str, HardenResult]
    """By machine; only those that had something failing and were begun."""
    verified: Verified
    waves: WavesResult[HardenResult] | None = None
    """How far it came; None if it is only planned."""
    order: tuple[tuple[str, ...], ...] = ()
    """The machines of each wave, if it is only planned."""


def prepare(job: Job, rebuild: Collection[str] = ()) -> Plan:
    """Record the addresses of what is new, and plan; InputError if a decision cannot be read."""
    decided(job, datetime.now(UTC))
    lock(job.workspace.estate)
    return plan(job, rebuild)


def carry_out(job: Job, planned: Plan, *, command: Sequence[str], hardening: bool) -> UpResult:
    """Do what was planned, then harden and verify every machine."""
    build_images(job)
    made = provision(job, planned)
    machines, rows = job.estate.machines, due_checks(job.estate)
    if made.changed:
        wait_reachable(job, machines)
        wait_settled(job, machines)
    if hardening:
        done = harden_and_verify(job, machines, rows, command=command, probe=ask_services)
        return UpResult(made, done.hardened, done.verified, done.waves)
    verified = verify(job, machines, rows, command=command, probe=ask_services)
    return UpResult(made, {}, verified)


def harden_and_verify(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    *,
    command: Sequence[str],
    check: bool = False,
    probe: Probe | None = None,
    contexts: Mapping[str, TargetContext] | None = None,
    pace: Pace | None = None,
    workers: int = WORKERS,
) -> HardenedResult:
    """Scan, harden what fails, and scan again if anything was hardened; `check` only says what.

    The second scan is kept with what was changed; the first one with what a hardening changed that
    was stopped before it could be, which `check` leaves to the next run. `contexts`: as `verify`
    takes them. `pace`: the estate's own if nobody says otherwise. InputError, before anything is
    asked, if a check would break what a component is there for.
    """
    check_components(job.estate, job.workspace.estate, rows)

    def look(documents: Mapping[str, Any]) -> Verified:
        return verify(
            job, machines, rows, command=command, probe=probe, contexts=contexts,
            documents=documents, workers=workers,
        )  # fmt: skip

    journal = Journal(job.workspace.folder)
    begun = {} if check else journal.begun()
    left: tuple[kept.Hardened, ...] = ()
    if begun:  # of a run that was killed: these hosts wait for a login
        names, runs = some(sorted(begun)), ", ".join(sorted({*begun.values()} - {""})) or "?"
        job.tell(Stage(msg("The run {run} was broken off on: {names}", run=runs, names=names)))
        stands = {one.id: address_of(job, one) for one in job.estate.machines}
        left = prove(begun, stands, job.watcher, runs=begun, told=journal.left())
    verified = look(_interrupted(left, begun))
    if not check:
        journal.clear()
    waiting = () if check else unproven(verified.facts.values())
    if waiting:
        stands = {one.id: address_of(job, one) for one in machines}
        verified = look(_interrupted(prove(waiting, stands, job.watcher), {}))
        waiting = unproven(verified.facts.values())
    known, seen = _with_companions(job, machines, rows, verified, contexts)
    targets = _failing(job, machines, known, seen, contexts)
    pace = pace or pace_of(job.estate.rollout)
    if check:
        planned = harden(targets, check=True, watcher=job.watcher)
        return HardenedResult(planned, verified, order=order_of(job, targets, pace))
    well = {finding.target for finding in verified.run.findings if finding.status != "unreachable"}
    well -= {target.id for target in targets}
    before = verified.run.probes if probe else None
    waves = harden_in_waves(job, targets, pace, well=well, before=before)
    hardened = waves.outcomes
    left_waiting = still_unproven({*waiting} - {target.id for target in targets})
    if hardened:
        done = kept.document_of([one.kept for one in hardened.values()], verified.run.id)
        verified = look({kept.NAME: done, WAVES: waves_document(waves.kept("harden"))})
        journal.clear()
    return HardenedResult({**left_waiting, **hardened}, verified, waves)


def _interrupted(hosts: Sequence[kept.Hardened], runs: Mapping[str, str]) -> Mapping[str, Any]:
    """What a run that was stopped has changed, to be signed; by its name it can be undone."""
    name = max(runs.values(), default="") or None
    return {kept.INTERRUPTED: kept.document_of(hosts, name)} if hosts else {}


def _with_companions(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    verified: Verified,
    contexts: Mapping[str, TargetContext] | None,
) -> tuple[Sequence[Check], Run]:
    """The rows and the run to act on: with what holds already of the estate's other checks."""
    found, others = verified.run.findings, due_checks(job.estate)
    if {check.id for check in others} <= {check.id for check in rows}:
        return rows, verified.run
    more: list[Finding] = []
    for machine in machines:
        if machine.id in verified.facts:
            own = [finding for finding in found if finding.target == machine.id]
            context = (contexts or {}).get(machine.id) or context_of(job.estate, machine)
            more += companions(own, rows, others, verified.facts[machine.id], context)
    return joined(rows, more), replace(verified.run, findings=(*found, *more))


def _failing(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    run: Run,
    contexts: Mapping[str, TargetContext] | None,
) -> list[HardenTarget]:
    """The machines that have a failing row with a role, and these rows."""
    known = contexts or {machine.id: context_of(job.estate, machine) for machine in machines}
    targets = [_target(job, machine, rows, run, known[machine.id]) for machine in machines]
    return [target for target in targets if target.rows]


def _target(
    job: Job,
    machine: Machine,
    rows: Sequence[Check],
    run: Run,
    context: TargetContext,
) -> HardenTarget:
    own = [finding for finding in run.findings if finding.target == machine.id]
    needed = fixes(own, rows, context)
    return HardenTarget(machine.id, address_of(job, machine), needed, due_of(own, needed), run.id)
