"""What came of a run in waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from govctl.evidence.encode import moment
from govctl.evidence.model import Probe as Answer
from govctl.evidence.waves import KeptWave, KeptWaves
from govctl.texts import Message


class Outcome(Protocol):
    """What came of the work on one machine."""

    @property
    def ok(self) -> bool:
        """True if all of it was done."""


T = TypeVar("T", bound=Outcome)
T_co = TypeVar("T_co", bound=Outcome, covariant=True)


@dataclass(frozen=True)
class Wave(Generic[T_co]):
    """A wave that was begun."""

    machines: tuple[str, ...]
    outcomes: Mapping[str, T_co]
    broken: tuple[str, ...]
    """What worked before the run and does not after this wave."""
    answers: tuple[Answer, ...] = ()
    """What the services that lean on its machines answered after it."""
    began: datetime | None = None
    ended: datetime | None = None
    """UTC; of a wave that nobody timed both are None."""

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
class WavesResult(Generic[T_co]):
    """What a run in waves came to."""

    waves: tuple[Wave[T_co], ...]
    """Those that were begun."""
    planned: int
    """How many waves there would have been."""
    left: tuple[str, ...]
    """Machines that were not begun."""
    stopped: Message | None
    """Why the run ended before its last wave."""

    def kept(self, work: str) -> KeptWaves:
        """What evidence keeps of it; `work` is the command's name."""
        waves = tuple(_kept(wave) for wave in self.waves)
        return KeptWaves(work, self.planned, waves, self.left, self.stopped)

    @property
    def outcomes(self) -> dict[str, T_co]:
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


def _kept(wave: Wave[Any]) -> KeptWave:
    began, ended = (moment(one) if one else "" for one in (wave.began, wave.ended))
    return KeptWave(began, ended, wave.machines, wave.failed, wave.broken, wave.answers)
