"""Give machines that were just started the moment that they need before they are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from govctl.estate.model import Machine
from govctl.pipeline.events import Stage
from govctl.pipeline.job import Job
from govctl.pipeline.reach import address_of
from govctl.texts import msg
from scanners.service import Probe, probe_machines

PATIENCE = 120
"""Seconds. A machine that is not ready by then is looked at as it is, and judged so."""
# A server that follows its own clock never satisfies `chronyc waitsync`.
_READY = f"""systemctl is-system-running --wait >/dev/null
systemctl is-active --quiet chrony || exit 0
i=0
until chronyc -n tracking | grep -q '^Leap status *: Normal' || [ $i -ge {PATIENCE} ]
do i=$((i+1)); sleep 1; done"""


def wait_settled(job: Job, machines: Sequence[Machine]) -> None:
    """Wait until units are started and clocks follow their sources, at most so long."""
    ours = [machine for machine in machines if machine.existing is None]
    job.tell(Stage(msg("Waiting for machines to be ready"), len(ours)))
    addresses = {machine.id: address_of(job, machine) for machine in ours}
    ready = Probe("ready", _READY, PATIENCE)
    probe_machines(addresses, {machine.id: [ready] for machine in ours})
