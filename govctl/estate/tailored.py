"""How parts of the estate change its baselines, in the model: tightened, added, left out."""

from __future__ import annotations

from collections.abc import Mapping

from govctl.estate.frozen import Frozen, Text


class Change(Frozen):
    """What is made stricter of one requirement, or that it is left out."""

    key: str
    threshold: str = ""
    """`log_retention>=24 months`; names that it does not mention stay as they are."""
    period: str = ""
    strength: str = ""
    levels: tuple[int, ...] = ()
    """Where it counts; empty for every level."""
    left_out: str = ""
    """The reason why it is left out."""


class Addition(Frozen):
    """A requirement of the organisation's own."""

    key: str
    clause: str
    text: Text
    levels: tuple[int, ...]
    threshold: str
    period: str
    evidence: str
    group: str


class Tailoring(Frozen):
    """How a part of the estate changes its baselines: the whole of it, a unit with all below it, or
    a system. Only what is stricter than what it inherits gets in here."""

    unit: str | None
    system: str | None
    changes: tuple[Change, ...]
    additions: tuple[Addition, ...]
    has_no: Mapping[str, str]
    """What is not there (`dhcp`, `mobile devices`), each with the reason."""

    @property
    def scope(self) -> str:
        """`estate`, `unit 25`, `system portal`."""
        if self.system is not None:
            return f"system {self.system}"
        return "estate" if self.unit is None else f"unit {self.unit}"
