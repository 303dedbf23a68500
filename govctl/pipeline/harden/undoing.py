"""`harden --rollback`: machines put back what a run changed, and a scan says what fails again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from govctl.estate.model import Machine
from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.events import Watching
from govctl.pipeline.harden.rollback import DOCUMENT, RolledBack, document_of, kept_name, roll_back
from govctl.pipeline.hosts import scan_places
from govctl.pipeline.job import Job
from govctl.pipeline.judging import Judging
from govctl.pipeline.reach import address_of
from govctl.pipeline.verify import verify
from policies.model import Check, Finding
from policies.target import TargetContext
from scanners.host.reach.address import Place

_BACK = 20
"""Runs that are asked what held before a rollback."""


@dataclass(frozen=True)
class Undone:
    """What a rollback came to."""

    machines: Mapping[str, RolledBack]
    run: Run | None
    """The scan after it; None if nothing was put back."""
    again: tuple[Finding, ...] = ()
    """What fails now and passed when the estate last looked at it."""


def undo_and_verify(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    run: str,
    *,
    command: Sequence[str],
    force: bool = False,
    check: bool = False,
    contexts: Mapping[str, TargetContext] | None = None,
) -> Undone:
    """Undo `run` (either scan of a hardening, or `last`) on machines, and scan these again.

    `force` and `check`, and what is raised, as in `roll_back`.
    """
    store = Store(job.workspace.runs)
    before = store.ids()[-_BACK:]
    places = {machine.id: address_of(job, machine) for machine in machines}
    name = kept_name(store, run)
    results = roll_back(places, name, job.watcher, force=force, check=check)
    if check or not any(one.state in ("restored", "partly") for one in results.values()):
        return Undone(results, None)
    verified = verify(
        job, machines, rows, command=command, contexts=contexts,
        documents={DOCUMENT: document_of(results, force=force)},
    )  # fmt: skip
    return Undone(results, verified.run, _again(store, before, verified.run))


def undo_places(
    places: Mapping[str, Place],
    judging: Judging,
    run: str,
    workers: int,
    *,
    command: Sequence[str],
    watching: Watching,
    force: bool = False,
    check: bool = False,
) -> Undone:
    """The same of hosts outside any estate; nothing is kept, so nobody knows what failed before."""
    with watching() as watcher:
        results = roll_back(places, run, watcher, force=force, check=check)
    if check or not any(one.state in ("restored", "partly") for one in results.values()):
        return Undone(results, None)
    after = scan_places(places, judging, workers, command=command, watching=watching)
    return Undone(results, after)


def _again(store: Store, before: Sequence[str], after: Run) -> tuple[Finding, ...]:
    """A run may be of a few machines, or of a few checks: each finding's own newest one counts."""
    open_now = {(one.target, one.check) for one in after.findings if one.status == "fail"}
    last: dict[tuple[str, str], str] = {}
    for name in reversed(before):
        if open_now <= last.keys():
            break
        for one in store.load(name).findings:
            if one.status in ("pass", "fail"):
                last.setdefault((one.target, one.check), one.status)
    held = {where for where, status in last.items() if status == "pass"}
    return tuple(one for one in after.findings
                 if one.status == "fail" and (one.target, one.check) in held)  # fmt: skip
