"""Work on many machines in waves: a few first, the rest only if these are well afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from govctl.estate.model import Machine
from govctl.estate.shares import Share, share, shares
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.job import Job
from govctl.pipeline.wave_order import Place, first_places, places
from govctl.texts import Message, _, msg


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


class Outcome(Protocol):
    """What came of the work on one machine."""

    @property
    def ok(self) -> bool:
        """True if all of it was done."""


T = TypeVar("T", bound=Outcome)


@dataclass(frozen=True)
class Wave(Generic[T]):
    """A wave that was begun."""

    machines: tuple[str, ...]
    outcomes: Mapping[str, T]
    broken: tuple[str, ...]
    """What worked before the run and does not after this wave."""

    @property
    def failed(self) -> tuple[str, ...]:
        """Machines on which the work was not done, or not all of it."""
        return tuple(name for name in self.machines if not self._is_done(name))

    @property
    def done(self) -> tuple[str, ...]:
        """Machines on which all of it was done."""
        return tuple(name for name in self.machines if self._is_done(name))

    def _is_done(self, name: str) -> bool:
        outcome = self.outcomes.get(name)
        return outcome is not None and outcome.ok


@dataclass(frozen=True)
class WavesResult(Generic[T]):
    """What a run in waves came to."""

    waves: tuple[Wave[T], ...]
    """Those that were begun."""
    planned: int
    """How many waves there would have been."""
    left: tuple[str, ...]
    """Machines that were not begun."""
    stopped: Message | None
    """Why the run ended before its last wave."""

    @property
    def outcomes(self) -> dict[str, T]:
        """What came of the work, by machine."""
        return {name: one for wave in self.waves for name, one in wave.outcomes.items()}

    @property
    def failed(self) -> tuple[str, ...]:
        """Machines on which the work was not done, or not all of it."""
        return tuple(name for wave in self.waves for name in wave.failed)

    @property
    def broken(self) -> tuple[str, ...]:
        """What worked before the run and does not after it."""
        return tuple(text for wave in self.waves for text in wave.broken)

    @property
    def ok(self) -> bool:
        """True if the work was done on every machine, and what worked before still does."""
        return not (self.failed or self.broken or self.left)


def parse_waves(text: str) -> Waves:
    """`1,5%,25%,100%`: rising numbers of machines or parts of all, the last of them 100%.

    Raises UsageError.
    """
    return Waves(shares(text))


def parse_budget(text: str) -> Budget:
    """`3` or `5%`: how many of the machines may fail. Raises UsageError."""
    return Budget(share(text))


def in_waves(
    job: Job,
    machines: Sequence[Machine],
    waves: Waves,
    budget: Budget,
    work: Callable[[Sequence[Machine]], Mapping[str, T]],
    healthy: Callable[[Sequence[Machine]], Sequence[str]],
) -> WavesResult[T]:
    """Work on one wave after the other, and stop when something is worse than it may be.

    `work` gives what came of each machine; one that it leaves out has failed. `healthy` says what
    no longer works after a wave, one text each; anything of that stops the run, as do more failed
    machines than the budget bears. A run that is interrupted tells what stands before it ends.
    """
    parts = waves.split(machines, job.estate.machines)
    allowed = budget.of(len(machines))
    begun: list[Wave[T]] = []
    stopped: Message | None = None
    for number, part in enumerate(parts, 1):
        if len(parts) > 1:
            job.tell(Stage(_wave_of(number, len(parts), part)))
        try:
            outcomes = work(part)
            broken = tuple(healthy(part))
        except BaseException:
            _tell_interrupted(job, parts, number, begun)
            raise
        begun.append(Wave(tuple(machine.id for machine in part), outcomes, broken))
        stopped = _why_stop(begun, allowed)
        if stopped:
            break
    left = tuple(machine.id for part in parts[len(begun) :] for machine in part)
    return WavesResult(tuple(begun), len(parts), left, stopped if left else None)


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
            "{count} machines failed, and {allowed} may: {names}",
            count=len(failed),
            allowed=allowed,
            names=", ".join(failed),
        )
    return None


def _wave_of(number: int, count: int, part: Sequence[Machine]) -> Message:
    return msg("Wave {number} of {count}: {names}", number=number, count=count, names=_some(part))


def _some(part: Sequence[Machine]) -> str:
    names = [machine.id for machine in part]
    if len(names) <= 4:
        return ", ".join(names)
    return _("{names} and {count} more", names=", ".join(names[:3]), count=len(names) - 3)


def _tell_interrupted(
    job: Job,
    parts: Sequence[Sequence[Machine]],
    number: int,
    begun: Sequence[Wave[T]],
) -> None:
    """The work raised something: say what stands while somebody can still read it."""
    text = msg(
        "machines: {done} done, {failed} failed, {begun} perhaps only in part, {left} not begun",
        done=sum(len(wave.done) for wave in begun),
        failed=sum(len(wave.failed) for wave in begun),
        begun=len(parts[number - 1]),
        left=sum(len(part) for part in parts[number:]),
    )
    name = _("wave {number} of {count}", number=number, count=len(parts))
    job.tell(Step(name, "incomplete", text))
