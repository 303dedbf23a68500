"""What a long step tells whoever watches: how much there is, what is done, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from govctl.texts import Message

State = Literal["started", "changed", "done", "incomplete", "failed"]
"""`changed`: something happened within the step, which goes on."""


@dataclass(frozen=True)
class Stage:
    """A part of the job begins; total is None where it cannot be known."""

    text: Message
    total: int | None = None


@dataclass(frozen=True)
class Step:
    """One thing within the stage."""

    name: str
    state: State
    text: Message | None = None


Watcher = Callable[[Stage | Step], None]
Watching = Callable[[], AbstractContextManager[Watcher]]
"""A watcher that begins when the job does: one at a terminal has a thread of its own."""


def unwatched(_: Stage | Step) -> None:
    """A watcher that looks at nothing."""
