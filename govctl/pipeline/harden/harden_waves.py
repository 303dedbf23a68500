"""Hardening of an estate's machines in waves, with a look at services and logins after each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from govctl.estate.model import Machine
from govctl.evidence.model import Probe as Answer
from govctl.pipeline.harden.hardening import HardenResult, HardenTarget, harden
from govctl.pipeline.harden.journal import Journal
from govctl.pipeline.job import Job
from govctl.pipeline.rollout.health import Services, locked_out
from govctl.pipeline.rollout.waves import Pace, WavesResult, in_waves
from govctl.texts import msg


def harden_in_waves(
    job: Job,
    targets: Sequence[HardenTarget],
    pace: Pace,
    *,
    well: Collection[str] = (),
    before: Sequence[Answer] | None = None,
) -> WavesResult[HardenResult]:
    """Harden targets of the estate; one that lets nobody in afterwards has failed.

    `well`: machines that need nothing; `before`: what the services said just now, if somebody has
    asked them. Raises what `harden` raises.
    """
    by_id = {target.id: target for target in targets}
    machines = [job.estate.machine(name) for name in by_id]
    services = Services(job, machines, before) if machines else None
    journal = Journal(job.workspace.folder)

    def work(part: Sequence[Machine]) -> Mapping[str, HardenResult]:
        done = harden([by_id[m.id] for m in part], journal=journal, watcher=job.watcher)
        reached = [machine for machine in part if done[machine.id].ok]
        for name, reason in locked_out(job, reached).items():
            text = msg("nobody can log in any more: {reason}", reason=reason.render())
            done[name].unreachable = text.render()
        return done

    def broken(part: Sequence[Machine]) -> Sequence[str]:
        return services.broken_by(part) if services else ()

    def answers() -> Sequence[Answer]:
        return services.answers if services else ()

    return in_waves(
        job, machines, pace.waves, pace.budget, work, broken, well=well, answers=answers
    )


def order_of(job: Job, targets: Sequence[HardenTarget], pace: Pace) -> tuple[tuple[str, ...], ...]:
    """The machines of each wave, if these are to be hardened."""
    machines = [job.estate.machine(target.id) for target in targets]
    parts = pace.waves.split(machines, job.estate.machines)
    return tuple(tuple(machine.id for machine in part) for part in parts)
