"""`up`: images, provisioning, a scan, hardening of what failed, and a scan of what was hardened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from govctl.estate.loader import lock
from govctl.estate.model import Machine
from govctl.pipeline.hardening import HardenResult, HardenTarget, harden
from govctl.pipeline.images import build_images
from govctl.pipeline.job import Job
from govctl.pipeline.probes import ask_services
from govctl.pipeline.provision import Made, Plan, plan, provision
from govctl.pipeline.reach import address_of
from govctl.pipeline.verify import Verified, verify, wait_reachable
from policies.catalogue import checks
from policies.context import context_of
from policies.fixes import fixes
from policies.model import Check, Finding


@dataclass(frozen=True)
class UpResult:
    """What `up` came to."""

    made: Made
    hardened: Mapping[str, HardenResult]
    verified: Verified


def prepare(job: Job) -> Plan:
    """Record the addresses of what is new, and plan."""
    lock(job.workspace.estate)
    return plan(job)


def carry_out(job: Job, planned: Plan, *, command: Sequence[str], hardening: bool) -> UpResult:
    """Do what was planned, then harden and verify every machine."""
    build_images(job)
    made = provision(job, planned)
    machines = job.estate.machines
    if made.changed:
        wait_reachable(job, machines)
    verified = verify(job, machines, checks(), command=command, probe=ask_services)
    hardened: Mapping[str, HardenResult] = {}
    if hardening:
        hardened = harden_failing(job, machines, checks(), verified.run.findings)
        if hardened:
            verified = verify(job, machines, checks(), command=command, probe=ask_services)
    return UpResult(made, hardened, verified)


def harden_failing(
    job: Job, machines: Sequence[Machine], rows: Sequence[Check], findings: Sequence[Finding]
) -> dict[str, HardenResult]:
    """Run the roles that have a failing row, on the machines where it fails and nowhere else."""
    targets = [_target(job, machine, rows, findings) for machine in machines]
    return harden(
        [target for target in targets if target.rows],
        key=job.workspace.ssh_key(),
        known_hosts=job.workspace.known_hosts,
        work=job.workspace.folder,
        watcher=job.watcher,
    )


def _target(
    job: Job, machine: Machine, rows: Sequence[Check], findings: Sequence[Finding]
) -> HardenTarget:
    own = [finding for finding in findings if finding.target == machine.id]
    address = address_of(job, machine)
    due = fixes(own, rows, context_of(job.estate, machine))
    return HardenTarget(machine.id, address.host, address.port, address.user, due)
