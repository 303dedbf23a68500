"""Accepted risks on the last screen of a scan, and what is to be renewed."""

from __future__ import annotations

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from govctl.evidence.model import RunInfo
from govctl.reports.decisions import (
    AcceptedRisk,
    AttestedBy,
    Ended,
    Who,
    accepted_risks,
    attestations,
    ended,
    when,
)
from govctl.reports.visible import one_line
from govctl.texts import _


def waived_line(waived: int, failures: int) -> list[RenderableType]:
    """How many of the failures are accepted risks; they are counted as failures above."""
    if not waived:
        return []
    text = _("accepted risks: {waived} of {failures} failures", waived=waived, failures=failures)
    return [Text(text, style="bold")]


def decisions_part(run: RunInfo, limit: int) -> list[RenderableType]:
    """Each waiver that held with who, why and until when; then what ends soon or has ended."""
    waivers, soon, past = accepted_risks(run), _ending(run), ended(run)
    parts: list[RenderableType] = []
    if waivers:
        parts += [Text(), Text(_("accepted risks"), style="bold")]
    for one in waivers[:limit]:
        parts += _accepted(one)
    if len(waivers) > limit:
        parts.append(Text(_("… and {count} more", count=len(waivers) - limit)))
    if soon or past:
        parts.append(Text())
    parts += [_soon(one) for one in soon[:limit]]
    parts += [_past(one) for one in past[:limit]]
    return parts


def who(person: Who) -> str:
    """`Trần Thị Bình (25)`."""
    return one_line(f"{person.name} ({person.unit})")


def _accepted(one: AcceptedRisk) -> list[RenderableType]:
    what = f"{one_line(', '.join(one.what))} · {one_line(one.at)}"
    head = _("{id}: until {moment}, failures: {count}",
             id=one.id, count=one.findings, moment=when(one.until))  # fmt: skip
    signed = _("{owner}, approved by {approver}", owner=who(one.owner), approver=who(one.approver))
    reason = _("{reason}; until then: {measure}",
               reason=one_line(one.reason), measure=one_line(one.measure))  # fmt: skip
    return [Text(head), *(Padding(Text(line), (0, 0, 0, 2)) for line in (what, signed, reason))]


def _ending(run: RunInfo) -> tuple[AcceptedRisk | AttestedBy, ...]:
    both: tuple[AcceptedRisk | AttestedBy, ...] = (*accepted_risks(run), *attestations(run))
    return tuple(sorted((o for o in both if o.expiring), key=lambda one: (one.until, one.id)))


def _soon(one: AcceptedRisk | AttestedBy) -> Text:
    return Text(_("! {id} ends soon: {moment}", id=one.id, moment=when(one.until)), style="bold")


def _past(one: Ended) -> Text:
    if not one.expired:
        return Text(_("✗ {id} does not count: its document was changed", id=one.id), style="bold")
    text = _("✗ {id} has expired: {moment}", id=one.id, moment=when(one.until))
    return Text(text, style="bold")
