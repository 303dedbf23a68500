"""What a run's record of decisions tells a report: accepted risks, attestations, what has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from govctl.evidence.model import RunInfo
from govctl.reports.words import Word
from govctl.texts import msg

STATE_WORDS: Mapping[str, Word] = {
    "expired": Word("✗", msg("expired")),
    "expiring": Word("!", msg("expiring")),
    "holding": Word("✓", msg("holding")),
    "coming": Word("–", msg("coming")),
}


@dataclass(frozen=True)
class Who:
    """A person, with the unit's name in both languages."""

    name: str
    unit: str
    unit_name: Mapping[str, str]


@dataclass(frozen=True)
class AcceptedRisk:
    """A waiver that held in a run."""

    id: str
    what: tuple[str, ...]
    at: str
    owner: Who
    approver: Who
    reason: str
    measure: str
    until: datetime
    expiring: bool
    findings: int
    """Failures of this run that it accepts."""


@dataclass(frozen=True)
class AttestedBy:
    """An attestation that held in a run."""

    id: str
    what: tuple[str, ...]
    at: str
    by: Who
    document: str
    sha256: str
    compared: bool
    """True if the document was at hand, and was the one that was attested."""
    statement: str
    until: datetime
    expiring: bool


@dataclass(frozen=True)
class Ended:
    """A decision that held no longer."""

    id: str
    kind: str
    what: tuple[str, ...]
    at: str
    until: datetime
    expired: bool
    """False if its document is another one now."""


def accepted_risks(run: RunInfo) -> tuple[AcceptedRisk, ...]:
    """The waivers that held, what ends first first."""
    found = (
        AcceptedRisk(
            id=one["id"],
            what=tuple(one["what"]),
            at=one["at"],
            owner=Who(**one["owner"]),
            approver=Who(**one["approver"]),
            reason=one["reason"],
            measure=one["measure"],
            until=datetime.fromisoformat(one["until"]),
            expiring=one["state"] == "expiring",
            findings=one["findings"],
        )
        for one in run.decisions.get("waivers", ())
    )
    return tuple(sorted(found, key=lambda one: (one.until, one.id)))


def attestations(run: RunInfo) -> tuple[AttestedBy, ...]:
    """The attestations that held, what ends first first."""
    found = (
        AttestedBy(
            id=one["id"],
            what=tuple(one["what"]),
            at=one["at"],
            by=Who(**one["by"]),
            document=one["document"]["title"] or one["document"]["path"],
            sha256=one["document"]["sha256"],
            compared=one["document"]["compared"] == "same",
            statement=one["statement"],
            until=datetime.fromisoformat(one["until"]),
            expiring=one["state"] == "expiring",
        )
        for one in run.decisions.get("attestations", ())
    )
    return tuple(sorted(found, key=lambda one: (one.until, one.id)))


def ended(run: RunInfo) -> tuple[Ended, ...]:
    """The decisions that had ended not long before, or whose document was changed."""
    return tuple(
        Ended(
            id=one["id"],
            kind=one["kind"],
            what=tuple(one["what"]),
            at=one["at"],
            until=datetime.fromisoformat(one["until"]),
            expired=one["why"] == "expired",
        )
        for one in run.decisions.get("ended", ())
    )


def when(moment: datetime) -> str:
    """`2027-03-01 00:00 +07:00`: a moment in its own time zone."""
    return moment.isoformat(sep=" ", timespec="minutes").replace("+", " +")
