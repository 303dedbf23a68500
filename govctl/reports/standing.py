"""What should stand in an estate, and whether it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from govctl.reports.words import Word
from govctl.texts import Message, msg

State = Literal["missing", "stopped", "differs", "unknown", "stands"]
Thing = Literal["machine", "network"]

STATE_WORDS: Mapping[State, Word] = {
    "missing": Word("✗", msg("missing")),
    "stopped": Word("!", msg("stopped")),
    "differs": Word("≠", msg("differs")),
    "unknown": Word("?", msg("unknown")),
    "stands": Word("✓", msg("stands")),
}
"""Worst first: the order in which they are shown."""
THING_WORDS: Mapping[Thing, Message] = {"machine": msg("machine"), "network": msg("network")}


@dataclass(frozen=True)
class Standing:
    """One thing that should stand."""

    kind: Thing
    """The same in every language, since programs read it."""
    id: str
    state: State
    detail: Message
