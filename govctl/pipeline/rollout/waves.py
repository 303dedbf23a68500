"""Work on many machines in waves: a few first, the rest only if these are well afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic

from govctl.estate.model import Machine, Rollout
from govctl.estate.shares import Share, share, shares
from govctl.evidence.model import Probe as Answer
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.job import Job
from govctl.pipeline.rollout import unfinished
from govctl.pipeline.rollout.unfinished import Unfinished, some
from govctl.pipeline.rollout.wave_order import Place, first_places, places
from govctl.pipeline.rollout.wave_result import Outcome, T, Wave, WavesResult
from govctl.texts import Message, _, msg

__all__ = [
    "Budget",
    "Outcome",
    "Pace",
    "Wave",
    "Waves",
    "WavesResult",
    "in_waves",
    "pace_of",
    "parse_budget",
    "parse_waves",
]


@dataclass(frozen=True)
class Waves:
    """Up to where each wave goes: shares of all machines, the last one is all of them."""

    shares: tuple[Share, ...]

    def split(
        self, machines: Sequence[Machine], among: Sequence[Machine] = ()
    ) -> tuple[tuple[Machine, ...], ...]:
        """The machines of each wave; none is empty, and together they are all of the machines.

        A wave goes at most as far as its share says, and takes at least one machine more. None but
        the last takes every machine of a role that has several. `among`: every machine of the
        estate, if these are not all; a machine is alone if no other of the estate has its role.
        The same machines give the same waves, in whatever order they come.
        """
        order = places(machines, among or machines)
        roles = Counter(machine.role for machine in machines)
        waves: list[tuple[Machine, ...]] = []
        done = 0
        for part in self.shares:
            if not order:
                break
            size = max(part.of(len(machines)) - done, 1)
            from_these = order if waves or size >= len(order) else first_places(order)
            taken = order if size >= len(order) else _take(from_these, size, roles)
            waves.append(tuple(place.machine for place in taken))
            done += len(taken)
            gone = {place.machine.id for place in taken}
            order = [place for place in order if place.machine.id not in gone]
        return tuple(waves)


ONE_WAVE = Waves(shares("100%"))


@dataclass(frozen=True)
class Budget:
    """How many machines may fail before the run stops."""

    share: Share

    def of(self, total: int) -> int:
        """How many failed machines are borne when so many are worked on."""
        return self.share.of(total)


NONE_MAY_FAIL = Budget(share("0"))


def parse_waves(text: str) -> Waves:
    """`1,5%,25%,100%`: rising numbers of machines or parts of all, the last of them 100%.

    Raises UsageError.
    """
    return Waves(shares(text))


def parse_budget(text: str) -> Budget:
    """`3` or `5%`: how many of the machines may fail. Raises UsageError."""
    return Budget(share(text))


@dataclass(frozen=True)
class Pace:
    """How fast a run goes, and how much may go wrong before it stops."""

    waves: Waves
    budget: Budget


def pace_of(rollout: Rollout, waves: str | None = None, budget: str | None = None) -> Pace:
    """What the estate says, unless a person says otherwise for this run. Raises UsageError."""
    return Pace(
        parse_waves(rollout.waves if waves is None else waves),
        parse_budget(rollout.budget if budget is None else budget),
    )


def in_waves(
    job: Job,
    machines: Sequence[Machine],
    waves: Waves,
    budget: Budget,
    work: Callable[[Sequence[Machine]], Mapping[str, T]],
    healthy: Callable[[Sequence[Machine]], Sequence[str]],
    *,
    what: str = "harden",
    well: Collection[str] = (),
    answers: Callable[[], Sequence[Answer]] = tuple,
) -> WavesResult[T]:
    """Work on one wave after the other, and stop when something is worse than it may be.

    `work` gives what came of each machine; one that it leaves out has failed. `healthy` says what
    no longer works after a wave, one text each; anything of that stops the run, as do more failed
    machines than the budget bears. A run that is interrupted tells what stands before it ends.
    The next run of the same command (`what`) tells what this one left; `well` are machines that
    were looked at and need nothing; `answers` gives what `healthy` was answered last, to be kept.
    """
    parts = waves.split(machines, job.estate.machines)
    run: _Run[T] = _Run(job, what, parts, {*well})
    stopped: Message | None = None
    try:
        for part in parts:
            began = datetime.now(UTC)
            run.begin(part)
            wave = Wave(tuple(machine.id for machine in part), work(part), (), began=began)
            run.done(wave)
            broken = tuple(healthy(part))
            run.begun[-1] = replace(
                wave, broken=broken, answers=tuple(answers()), ended=datetime.now(UTC)
            )
            stopped = _why_stop(run.begun, budget.of(len(machines)))
            if stopped:
                break
    except BaseException:
        run.tell_interrupted()
        raise
    run.end(stopped)
    left = tuple(machine.id for part in parts[len(run.begun) :] for machine in part)
    return WavesResult(tuple(run.begun), len(parts), left, stopped if left else None)


class _Run(Generic[T]):
    """What stands of a run while it goes on."""

    def __init__(
        self, job: Job, what: str, parts: Sequence[Sequence[Machine]], well: set[str]
    ) -> None:
        self.begun: list[Wave[T]] = []
        self._at_work: Sequence[Machine] = ()
        self._job, self._what, self._parts = job, what, parts
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        before = unfinished.read(job.workspace.folder, what)
        if before:
            job.tell(Stage(before.told()))
        known = {machine.id for machine in job.estate.machines}
        self._others = {*(before.machines if before else ())} & known - well

    def begin(self, part: Sequence[Machine]) -> None:
        """A wave begins."""
        number, count = len(self.begun) + 1, len(self._parts)
        self._at_work = part
        if count > 1:
            names = some([machine.id for machine in part])
            told = msg("Wave {number} of {count}: {names}", number=number, count=count, names=names)
            self._job.tell(Stage(told))
        self._keep()

    def done(self, wave: Wave[T]) -> None:
        """The work of a wave is done; nobody has looked yet at what it broke."""
        self.begun.append(wave)
        self._at_work = ()
        self._keep()

    def _keep(self, why: Message | None = None) -> None:
        """Write down what is not finished, for the next run."""
        done = {name for wave in self.begun for name in wave.done}
        every = self._others.union(machine.id for part in self._parts for machine in part)
        left = Unfinished(self._since, tuple(sorted(every - done)), why)
        unfinished.write(self._job.workspace.folder, self._what, left)

    def end(self, stopped: Message | None) -> None:
        """The same at the end; what worked before is of no interest if all of it still does."""
        self._keep(stopped or msg("it failed there"))
        if not any(wave.broken for wave in self.begun):
            unfinished.expect(self._job.workspace.folder, ())

    def tell_interrupted(self) -> None:
        """Say what stands while somebody can still read it."""
        number = len(self.begun) + bool(self._at_work)
        text = msg(
            "machines: {done} done, {failed} failed, {begun} perhaps in part, {left} not begun",
            done=sum(len(wave.done) for wave in self.begun),
            failed=sum(len(wave.failed) for wave in self.begun),
            begun=len(self._at_work),
            left=sum(len(part) for part in self._parts[number:]),
        )
        name = _("wave {number} of {count}", number=number, count=len(self._parts))
        self._job.tell(Step(name, "incomplete", text))


def _take(order: Sequence[Place], size: int, roles: Mapping[str, int]) -> list[Place]:
    """So many from the front, but never all machines of a role that has several."""
    taken: list[Place] = []
    of_role: Counter[str] = Counter()
    for place in order:
        role = place.machine.role
        if len(taken) == size or 1 < roles[role] == of_role[role] + 1:
            continue
        of_role[role] += 1
        taken.append(place)
    return taken


def _why_stop(begun: Sequence[Wave[T]], allowed: int) -> Message | None:
    if begun[-1].broken:
        return msg("what worked before no longer does: {what}", what="; ".join(begun[-1].broken))
    failed = [name for wave in begun for name in wave.failed]
    if len(failed) > allowed:
        return msg(
            "machines failed: {count}, the budget allows {allowed}: {names}",
            count=len(failed), allowed=allowed, names=", ".join(failed),
        )  # fmt: skip
    return None
