"""The estate as an inventory for plain `ansible-playbook`, with every row that is due."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from govctl.pipeline.due import due_checks
from govctl.pipeline.harden.ansible_ways import PYTHON, quoted
from govctl.pipeline.harden.hardening import HardenTarget
from govctl.pipeline.job import Job
from govctl.pipeline.reach import address_of
from govctl.texts import Message
from policies.context import context_of
from policies.fixes import fixes
from policies.judge import unreachable
from policies.question import questions
from policies.target import TargetContext
from scanners.host.reach.address import HostAddress

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def whole_inventory(job: Job) -> dict[str, Any]:
    """Every fixable row that is due on each machine, as far as that can be told without a scan."""
    targets: dict[str, list[HardenTarget]] = {}
    known: list[tuple[TargetContext, Rows]] = []  # thousands of machines are asked few things
    for machine in job.estate.machines:
        context = context_of(job.estate, machine)
        rows = next((rows for other, rows in known if other == context), None)
        if rows is None:
            rows = _every_row(job, context)
            known.append((context, rows))
        target = HardenTarget(machine.id, address_of(job, machine), rows)
        targets.setdefault(machine.role, []).append(target)
    return inventory(targets, job.workspace.ssh_key(), job.workspace.known_hosts)


def inventory(
    targets: Mapping[str, Sequence[HardenTarget]], key: Path, known_hosts: Path
) -> dict[str, Any]:
    """A group for the targets of each role; several where they do not have the same rows."""
    return {
        "all": {
            "children": {
                f"{re.sub('[^0-9a-z]', '_', role)}{f'_{number}' if number > 1 else ''}": {
                    "hosts": _hosts(alike),
                    "vars": alike[0].variables,
                }
                for role, found in targets.items()
                for number, alike in enumerate(_alike(found), 1)
            },
            "vars": {
                "ansible_become": True,
                "ansible_python_interpreter": PYTHON,
                "ansible_ssh_private_key_file": str(key.absolute()),
                "ansible_ssh_common_args": shlex.join(
                    [
                        *("-o", f"UserKnownHostsFile={quoted(known_hosts)}"),
                        *("-o", "StrictHostKeyChecking=yes"),
                        *("-o", "IdentitiesOnly=yes"),
                        *("-o", "ConnectTimeout=10"),
                    ]
                ),
            },
        }
    }


def _every_row(job: Job, context: TargetContext) -> Rows:
    asked = questions(due_checks(job.estate), context)
    rows = [question.check for question in asked if question.not_due is None]
    findings = unreachable("", rows, Message("not scanned"), context)
    return fixes(findings, rows, context, every=True)


def _alike(targets: Iterable[HardenTarget]) -> list[list[HardenTarget]]:
    """Those with the same rows together."""
    groups: list[list[HardenTarget]] = []
    for target in targets:
        known = next((one for one in groups if one[0].rows == target.rows), None)
        if known is None:
            groups.append([target])
        else:
            known.append(target)
    return groups


def _hosts(targets: Iterable[HardenTarget]) -> dict[str, Any]:
    reached = [(one.id, one.place) for one in targets if isinstance(one.place, HostAddress)]
    return {
        name: {"ansible_host": at.host, "ansible_port": at.port, "ansible_user": at.user}
        for name, at in reached
    }
