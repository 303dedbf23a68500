"""The decisions of a run as plain data, so that a kept run shows what held when it started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from govctl.decisions.model import Attestation, Decisions, Person, Waiver, state_of
from govctl.estate.model import Span
from govctl.estate.moments import later
from policies.attested import Attested
from policies.model import Finding

RECENT = Span(days=90)
"""What ended longer ago is history, and is told no more."""


def record(decisions: Decisions, findings: Iterable[Finding], now: datetime) -> dict[str, Any]:
    """`{waivers, attestations, ended, scopes}`; empty if nothing was decided.

    `waivers` and `attestations` held at this moment, each waiver with the number of failures that
    it accepted; `ended` held until not long before, and says why it does not; `scopes` has the
    machines of each place once.
    """
    if not decisions.all:
        return {}
    counts = Counter(finding.waiver for finding in findings)
    waivers = [one for one in decisions.waivers if one.holds(now)]
    attestations = [one for one in decisions.attestations if one.holds(now)]
    scopes = [one.at for one in waivers] + [one.at for one in attestations]
    held = {scope.text: sorted(scope.machines) for scope in scopes}
    return {
        "waivers": [
            {**waiver_document(one, now), "findings": counts[one.id]} for one in waivers
        ],
        "attestations": [
            {**attestation_document(one, now), "rows": [list(row) for row in sorted(one.rows)]}
            for one in attestations
        ],
        "ended": [_ended(one, now) for one in decisions.all if _has_ended(one, now)],
        "scopes": dict(sorted(held.items())),
    }  # fmt: skip


def attested_of(document: Mapping[str, Any]) -> tuple[Attested, ...]:
    """The attestations of a run's record, as a roll-up takes them."""
    return tuple(
        Attested(
            id=one["id"],
            who=f"{one['by']['name']} ({one['by']['unit']})",
            document=one["document"]["title"] or one["document"]["path"],
            until=one["until"],
            rows=frozenset((baseline, level, key) for baseline, level, key in one["rows"]),
            targets=frozenset(document["scopes"][one["at"]]),
        )
        for one in document.get("attestations", ())
    )


def waiver_document(one: Waiver, now: datetime) -> dict[str, Any]:
    """A waiver as plain data."""
    return {
        "id": one.id,
        "what": list(one.what),
        "at": one.at.text,
        "owner": _person(one.owner),
        "approver": _person(one.approver),
        "reason": one.reason,
        "measure": one.measure,
        "from": one.start.isoformat(),
        "until": one.end.isoformat(),
        "state": state_of(one, now),
    }


def attestation_document(one: Attestation, now: datetime) -> dict[str, Any]:
    """An attestation as plain data."""
    document = one.document
    return {
        "id": one.id,
        "what": list(one.what),
        "at": one.at.text,
        "by": _person(one.by),
        "document": {
            "title": document.title,
            "path": document.path,
            "sha256": document.sha256,
            "compared": document.compared,
        },
        "statement": one.statement,
        "from": one.start.isoformat(),
        "until": one.end.isoformat(),
        "state": state_of(one, now),
    }


def _has_ended(one: Waiver | Attestation, now: datetime) -> bool:
    return one.start <= now < later(one.end, RECENT) and not one.holds(now)


def _ended(one: Waiver | Attestation, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": "waiver" if isinstance(one, Waiver) else "attestation",
        "what": list(one.what),
        "at": one.at.text,
        "until": one.end.isoformat(),
        "why": "expired" if state_of(one, now) == "expired" else "document changed",
    }


def _person(one: Person) -> dict[str, Any]:
    return {"name": one.name, "unit": one.unit, "unit_name": dict(one.unit_name)}
