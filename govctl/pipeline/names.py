"""The names that new machines and networks need have to be free."""

from __future__ import annotations

from collections.abc import Iterable

from govctl.errors import RefusedPlan
from govctl.pipeline.job import Job
from govctl.texts import _
from stacks.changes import Change
from stacks.provider import sweep
from stacks.provider.naming import bridge_name, instance_name
from stacks.provider.ownership import ESTATE
from stacks.resources import INSTANCE, NETWORK


def require_free_names(job: Job, changes: Iterable[Change]) -> None:
    """Raise RefusedPlan if something that govctl did not make has the name of what is planned.

    The provider refuses it too, but only once half of the plan is done.
    """
    mark = job.estate.id
    new = [change for change in changes if change.operation == "create"]
    machines = {instance_name(mark, change.name) for change in new if change.type == INSTANCE}
    networks = {bridge_name(mark, change.name) for change in new if change.type == NETWORK}
    if not machines | networks:
        return
    target = sweep.connect(job.estate.target.url)
    taken = [
        _("machine {name}", name=found.name)
        for found in target.instances()
        if found.name in machines and found.tags.get(ESTATE) != mark
    ]
    taken += [
        _("network {name}", name=found.name)
        for found in target.networks()
        if found.name in networks and found.tags.get(ESTATE) != mark
    ]
    if taken:
        raise RefusedPlan(
            _(
                "{what} was not made by govctl, or not for this estate; nothing was changed",
                what=", ".join(taken),
            ),
            hint=_("rename or remove it, or give the estate another id"),
        )
