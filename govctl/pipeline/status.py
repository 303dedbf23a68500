"""What stands, by one look at the target: quick, and without asking the machines."""

from __future__ import annotations

from govctl.pipeline.job import Job
from govctl.pipeline.reach import answers
from govctl.reports.standing import Standing, State
from govctl.texts import msg
from stacks.provider import sweep
from stacks.provider.naming import bridge_name, instance_name
from stacks.provider.ownership import ESTATE


def standings(job: Job) -> tuple[Standing, ...]:
    """A row for each machine and each network that the estate describes."""
    target = sweep.connect(job.estate.target.url)
    mark = job.estate.id
    instances = {i.name: i for i in target.instances() if i.tags.get(ESTATE) == mark}
    networks = {n.name for n in target.networks() if n.tags.get(ESTATE) == mark}
    rows = []
    for machine in job.estate.machines:
        detail = msg("{role} · {address}", role=machine.role, address=machine.address4)
        if machine.existing is not None:
            up = answers(job, machine)
            rows.append(Standing("machine", machine.id, "stands" if up else "unknown", detail))
            continue
        found = instances.get(instance_name(mark, machine.id))
        state: State = "stopped"
        if found is None:
            state = "missing"
        elif found.running:
            state = "stands"
        rows.append(Standing("machine", machine.id, state, detail))
    for zone in job.estate.zones:
        there = bridge_name(mark, zone.id) in networks
        detail = msg("{ipv4} · {ipv6}", ipv4=zone.ipv4, ipv6=zone.ipv6)
        rows.append(Standing("network", zone.id, "stands" if there else "missing", detail))
    return tuple(rows)
