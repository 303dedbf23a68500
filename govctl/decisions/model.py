"""Waivers and attestations, resolved against an estate: immutable, and true at any moment asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from govctl.estate.model import Span
from govctl.estate.moments import later

State = Literal["expired", "expiring", "holding", "coming"]
STATES: tuple[State, ...] = ("expired", "expiring", "holding", "coming")
SOON = Span(days=30)
"""What ends within this is pointed out."""
Row = tuple[str, int, str]
"""A requirement: baseline, level, key."""
Compared = Literal["same", "changed", "elsewhere"]
"""What became of a document's file: it is not kept here in the third case."""


@dataclass(frozen=True)
class Person:
    """Who, and for which unit."""

    name: str
    unit: str
    unit_name: Mapping[str, str]
    """`vi` and `en`."""


@dataclass(frozen=True)
class Scope:
    """A place in the estate, and what stands there."""

    text: str
    """`estate`, `unit=07894`, `unit=07894 role=network-router`."""
    machines: frozenset[str]
    units: frozenset[str]
    """Units whose risk it is: of the machines, of their systems' owners, and the one named."""


@dataclass(frozen=True)
class Waiver:
    """An accepted risk."""

    id: str
    what: tuple[str, ...]
    """Checks and requirements, as they were written."""
    checks: frozenset[str]
    """Ids of the checks that are named, globs resolved."""
    rows: frozenset[Row]
    """Requirements that are named."""
    at: Scope
    owner: Person
    approver: Person
    reason: str
    measure: str
    start: datetime
    end: datetime
    """The first moment at which it no longer holds."""

    def holds(self, now: datetime) -> bool:
        """True from its start on, up to and without its end."""
        return self.start <= now < self.end


@dataclass(frozen=True)
class Document:
    """What proves an attestation."""

    title: str | None
    path: str | None
    """From the estate's folder."""
    sha256: str
    compared: Compared

    @property
    def name(self) -> str:
        """As people call it."""
        return self.title or self.path or ""


@dataclass(frozen=True)
class Attestation:
    """What a person states of requirements, and until when."""

    id: str
    what: tuple[str, ...]
    rows: frozenset[Row]
    at: Scope
    by: Person
    document: Document
    start: datetime
    end: datetime
    statement: str

    def holds(self, now: datetime) -> bool:
        """True in its time, unless its document is at hand and is another one now."""
        return self.start <= now < self.end and self.document.compared != "changed"


@dataclass(frozen=True)
class Decisions:
    """Everything that persons decided for an estate, in the order of the files."""

    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    @property
    def all(self) -> tuple[Waiver | Attestation, ...]:
        """Both, what ends first first."""
        both: tuple[Waiver | Attestation, ...] = (*self.waivers, *self.attestations)
        return tuple(sorted(both, key=lambda one: (one.end, one.id)))


def state_of(one: Waiver | Attestation, now: datetime, soon: Span = SOON) -> State:
    """Where a decision stands at a moment."""
    if now >= one.end:
        return "expired"
    if now < one.start:
        return "coming"
    return "expiring" if one.end <= later(now, soon) else "holding"
