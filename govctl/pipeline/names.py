"""Names have to be free, and what carries this estate's mark has to be this folder's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from govctl.errors import RefusedPlan, UsageError
from govctl.files import write_private
from govctl.pipeline.job import Job
from govctl.texts import _, counted, msg
from stacks.changes import Change
from stacks.provider import sweep
from stacks.provider.naming import bridge_name, instance_name
from stacks.provider.ownership import ESTATE
from stacks.resources import INSTANCE, NETWORK

CLAIMED = "claimed"
"""In `.govctl`: this folder's govctl found no object of its estate before it made the first."""


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


def require_own(job: Job, *, has_state: bool, found: Collection[sweep.Marked]) -> None:
    """Raise UsageError if another folder's estate of the same id stands on this target.

    A folder owns what carries its estate's mark if its state holds something, or if it was the one
    that found the place empty: it notes that, since a killed run leaves machines and no state.
    """
    note = job.workspace.folder / CLAIMED
    if note.exists():
        return
    if found and not has_state:
        raise UsageError(
            counted(
                len(found),
                msg(
                    "1 object of another estate with the id {estate} stands here",
                    estate=job.estate.id,
                ),
                msg(
                    "{count} objects of another estate with the id {estate} stand here",
                    estate=job.estate.id,
                ),
            ),
            hint=_("choose another id, or work in the folder that made them"),
        )
    write_private(note, "")
