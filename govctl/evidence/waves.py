"""How a run in waves went: which machines in which wave, what services answered after it, and why
it ended early. Kept with the run that saw what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from govctl.evidence.encode import message_of, probe_of
from govctl.evidence.model import Probe
from govctl.texts import Message

SCHEMA = 1
NAME = "waves"
"""The document of a run that holds it."""


@dataclass(frozen=True)
class KeptWave:
    """A wave that was begun."""

    began: str
    """ISO 8601 in UTC."""
    ended: str
    """The same, after its services were asked."""
    machines: tuple[str, ...]
    failed: tuple[str, ...]
    """Machines on which the work was not done, or not all of it."""
    broken: tuple[str, ...]
    """What worked before the run and did not after this wave; lines for people."""
    answers: tuple[Probe, ...]
    """What the services that lean on its machines answered after it."""


@dataclass(frozen=True)
class KeptWaves:
    """A run in waves."""

    work: str
    """`harden` or `patch`."""
    planned: int
    """How many waves there would have been."""
    waves: tuple[KeptWave, ...]
    left: tuple[str, ...]
    """Machines that were not begun."""
    stopped: Message | None
    """Why it ended before its last wave."""


def document_of(kept: KeptWaves) -> dict[str, Any]:
    """Plain data to keep."""
    return {"schema": SCHEMA, **asdict(kept)}


def read(document: Mapping[str, Any]) -> KeptWaves:
    """The way back; KeyError, TypeError or ValueError if it does not fit."""
    return KeptWaves(
        work=str(document["work"]),
        planned=int(document["planned"]),
        waves=tuple(_wave(row) for row in document["waves"]),
        left=tuple(document["left"]),
        stopped=message_of(document, "stopped") if document["stopped"] else None,
    )


def _wave(row: Mapping[str, Any]) -> KeptWave:
    return KeptWave(
        began=str(row["began"]),
        ended=str(row["ended"]),
        machines=tuple(row["machines"]),
        failed=tuple(row["failed"]),
        broken=tuple(row["broken"]),
        answers=tuple(probe_of(one) for one in row["answers"]),
    )
