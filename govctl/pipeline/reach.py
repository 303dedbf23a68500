"""How govctl reaches the estate's machines: by their own addresses, with pinned keys."""

from __future__ import annotations

import socket
import time

from govctl.estate.model import Machine
from govctl.pipeline.job import Job
from scanners.host.reach.address import HostAddress

USER = "govctl"


def address_of(job: Job, machine: Machine) -> HostAddress:
    """The address of a machine; its host key is the pinned one and no other."""
    key = job.workspace.ssh_key()
    known_hosts = job.workspace.known_hosts
    if machine.existing is not None:
        there = machine.existing
        return HostAddress(there.address, there.user, (key,), there.port, there.host_key)
    return HostAddress(str(machine.address4), USER, (key,), known_hosts=(known_hosts,))


def wait_for_port(address: HostAddress, seconds: float) -> bool:
    """True as soon as the SSH port takes a connection; False after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((address.host, address.port), timeout=2):
                return True
        except OSError:
            time.sleep(0.3)
    return False


def answers(job: Job, machine: Machine) -> bool:
    """True if the machine's SSH port takes a connection now."""
    return wait_for_port(address_of(job, machine), 2)
