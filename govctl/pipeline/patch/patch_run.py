"""Patching of an estate in waves, its services asked between them; or of hosts, one of them first.

An estate's run ends with a scan of the machines, which is kept with what was done to each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from govctl.estate.model import Machine
from govctl.evidence.patching import INTERRUPTED
from govctl.evidence.patching import NAME as DOCUMENT
from govctl.evidence.waves import NAME as WAVES
from govctl.evidence.waves import document_of as waves_document
from govctl.pipeline.events import Watcher
from govctl.pipeline.job import Job
from govctl.pipeline.patch import patching
from govctl.pipeline.patch.patch_document import applied_document
from govctl.pipeline.patch.patch_journal import PatchJournal, interrupted_document
from govctl.pipeline.patch.patch_result import PatchRun
from govctl.pipeline.patch.patching import Patched
from govctl.pipeline.probes import ask_services
from govctl.pipeline.reach import address_of
from govctl.pipeline.rollout.health import Services
from govctl.pipeline.rollout.wave_result import Wave, WavesResult
from govctl.pipeline.rollout.waves import Pace, in_waves
from govctl.pipeline.verify import verify
from govctl.texts import msg
from policies.model import Check
from scanners.host.reach.address import Place
from scanners.host.visit import WORKERS


def addresses(job: Job, machines: Sequence[Machine]) -> dict[str, Place]:
    """How each machine is reached, by its name."""
    return {machine.id: address_of(job, machine) for machine in machines}


def patch_estate(
    job: Job,
    machines: Sequence[Machine],
    rows: Sequence[Check],
    pace: Pace,
    *,
    command: Sequence[str],
    every: bool = False,
    workers: int = WORKERS,
) -> PatchRun:
    """Patch the machines that need it, wave by wave; `rows` are what the scan afterwards asks.

    A service that answered before and does not after a wave stops the run. What a run had begun
    that was killed is kept with this one.
    """
    places = addresses(job, machines)
    states = patching.look(places, job.tell, every=every, workers=workers)
    due = [machine for machine in machines if states[machine.id].has_work]
    journal = PatchJournal(job.workspace.folder)
    left = journal.left()
    services = Services(job, due) if due else None

    def work(part: Sequence[Machine]) -> dict[str, Patched]:
        own = {machine.id: places[machine.id] for machine in part}
        journal.begin(states[name] for name in own)
        return patching.apply(
            own, states, job.tell, every=every, workers=workers, note=journal.note
        )

    def broken(part: Sequence[Machine]) -> Sequence[str]:
        return services.broken_by(part) if services else ()

    well = [name for name, state in states.items() if state.status == "current"]
    waves = in_waves(
        job, due, pace.waves, pace.budget, work, broken, what="patch", well=well,
        answers=lambda: services.answers if services else (),
    )  # fmt: skip
    documents: dict[str, Any] = {}
    if left:
        documents[INTERRUPTED] = interrupted_document(left, states)
    if due:
        done = PatchRun(states, waves)
        documents[DOCUMENT] = applied_document(done, job.estate.id, every=every, logs=True)
        documents[WAVES] = waves_document(waves.kept("patch"))
    if not documents:
        return PatchRun(states, waves)
    whole = len(machines) == len(job.estate.machines)
    kept = verify(
        job, machines, rows, command=command, documents=documents, workers=workers,
        probe=ask_services if whole else None,
    )  # fmt: skip
    journal.clear()
    return PatchRun(states, waves, kept.run)


def patch_places(
    places: Mapping[str, Place], tell: Watcher, *, every: bool = False, workers: int = WORKERS
) -> PatchRun:
    """Patch hosts outside any estate: one of them first, and the others if that one is well."""
    states = patching.look(places, tell, every=every, workers=workers)
    due = [name for name in places if states[name].has_work]
    waves: list[Wave[Patched]] = []
    for part in filter(None, (due[:1], due[1:])):
        own = {name: places[name] for name in part}
        outcomes = patching.apply(own, states, tell, every=every, workers=workers)
        waves.append(Wave(tuple(part), outcomes, ()))
        if waves[-1].failed:
            break
    left = tuple(due[sum(len(wave.machines) for wave in waves) :])
    stopped = msg("the first host failed: {name}", name=due[0]) if left else None
    return PatchRun(states, WavesResult(tuple(waves), min(len(due), 2), left, stopped))
