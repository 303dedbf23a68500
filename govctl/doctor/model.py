"""What a prerequisite is, and what was seen of it on this machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from govctl.doctor.host import Host
from govctl.texts import Message

Condition = Literal["ok", "missing", "wrong", "information"]
"""`information` is neither good nor bad: something that reports mention, e.g. a kernel feature."""

OnStep = Callable[[Message], None]
"""Called before each step that takes a while."""


@dataclass(frozen=True)
class State:
    """One prerequisite as it stands."""

    id: str
    """Stable, e.g. `lxd.pool`."""
    name: Message
    condition: Condition
    found: Message
    remedy: Message | None = None
    """How to get it; None where nothing is to be done."""
    fixable: bool = False
    """True if `fix` can get it."""

    @property
    def stands(self) -> bool:
        """True unless it is in the way."""
        return self.condition in ("ok", "information")


class Prerequisite(ABC):
    """Something the machine must have before govctl can work."""

    id: str

    @abstractmethod
    def look(self, host: Host) -> State:
        """Its state now; changes nothing and never raises for what it finds."""

    def get(self, host: Host, on_step: OnStep) -> None:
        """Get it. Called only where `look` said that it is fixable.

        Raises `MissingPrerequisite` if it cannot be had.
        """
        raise NotImplementedError(self.id)
