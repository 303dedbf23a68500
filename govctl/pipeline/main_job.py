"""`up`: images, provisioning, a scan, hardening of what failed, and a scan of what was hardened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from govctl.estate.loader import lock
from govctl.estate.model import Machine
from govctl.evidence.model import Probe as Answer
from govctl.pipeline.contradictions import check_components
from govctl.pipeline.decided import decided
from govctl.pipeline.due import due_checks
from govctl.pipeline.hardening import HardenResult, HardenTarget, harden, inventory
from govctl.pipeline.images import build_images
from govctl.pipeline.job import Job
from govctl.pipeline.probes import ask_services
from govctl.pipeline.provision import Made, Plan, plan, provision
from govctl.pipeline.reach import address_of
from govctl.pipeline.settle import wait_settled
from govctl.pipeline.verify import Verified, verify, wait_reachable
from govctl.texts import Message
from policies.context import context_of
from policies.fixes import fixes
from policies.judge import unreachable
from policies.model import Check, Finding
from policies.question import questions

Probe = Callable[[Job], tuple[Answer, ...]]


@dataclass(frozen=True)
class UpResult:
    """What `up` came to."""

    made: Made
    hardened: Mapping[str, HardenResult]
    verified: Verified


@dataclass(frozen=True)
class HardenedResult:
    """What hardening came to."""

    hardened: Mapping[str, HardenResult]
    """By machine; only those that had something failing."""
    verified: Verified


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
        return UpResult(made, done.hardened, done.verified)
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
) -> HardenedResult:
    """Scan, harden what fails, and scan again if anything was hardened; `check` only says what.

    InputError, before anything is asked, if a check would break what a component is there for.
    """
    check_components(job.estate, job.workspace.estate, rows)
    verified = verify(job, machines, rows, command=command, probe=probe)
    hardened = harden_failing(job, machines, rows, verified.run.findings, check=check)
    if hardened and not check:
        verified = verify(job, machines, rows, command=command, probe=probe)
    return HardenedResult(hardened, verified)


def whole_inventory(job: Job) -> dict[str, Any]:
    """Ansible's inventory with every fixable row that is due on each machine, as far as that can be
    told without a scan."""
    machines = job.estate.machines
    targets = []
    for machine in machines:
        address = address_of(job, machine)
        due = _every_row(job, machine)
        targets.append(HardenTarget(machine.id, address.host, address.port, address.user, due))
    return inventory(targets, job.workspace.ssh_key(), job.workspace.known_hosts)


def harden_failing(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    findings: Sequence[Finding],
    *,
    check: bool = False,
) -> dict[str, HardenResult]:
    """Run the roles that have a failing row, on the machines where it fails and nowhere else."""
    targets = [_target(job, machine, rows, findings) for machine in machines]
    return harden(
        [target for target in targets if target.rows],
        key=job.workspace.ssh_key(),
        known_hosts=job.workspace.known_hosts,
        work=job.workspace.folder,
        check=check,
        watcher=job.watcher,
    )


def _target(
    job: Job, machine: Machine, rows: Sequence[Check], findings: Sequence[Finding]
) -> HardenTarget:
    own = [finding for finding in findings if finding.target == machine.id]
    address = address_of(job, machine)
    due = fixes(own, rows, context_of(job.estate, machine))
    return HardenTarget(machine.id, address.host, address.port, address.user, due)


def _every_row(job: Job, machine: Machine) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    nobody_knows = Message("not scanned")
    context = context_of(job.estate, machine)
    asked = questions(due_checks(job.estate), context)
    rows = [question.check for question in asked if question.not_due is None]
    findings = unreachable(machine.id, rows, nobody_knows, context)
    return fixes(findings, rows, context, every=True)
