"""How waivers and attestations are listed, and what is told of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from govctl.decisions.model import SOON, Attestation, Decisions, Waiver, state_of
from govctl.decisions.record import attestation_document, waiver_document
from govctl.estate.model import Span
from govctl.estate.moments import later
from govctl.reports.console_parts import ACCENT
from govctl.reports.decisions import STATE_WORDS, when
from govctl.reports.visible import one_line
from govctl.texts import _, counted, msg

if TYPE_CHECKING:
    from govctl.pipeline.deciding import Decided

Decision = Waiver | Attestation


def document(decisions: Decisions, now: datetime, soon: Span | None) -> dict[str, Any]:
    """`{schema, now, waivers, attestations}`, each list by its ends."""
    listed = _listed(decisions, now, soon)
    span = soon or SOON
    return {
        "schema": 1,
        "now": now.isoformat(timespec="seconds"),
        "waivers": [
            {**waiver_document(one, now), "state": state_of(one, now, span)}
            for one in listed if isinstance(one, Waiver)
        ],
        "attestations": [
            {**attestation_document(one, now), "state": state_of(one, now, span),
             "holds": one.holds(now)}
            for one in listed if isinstance(one, Attestation)
        ],
    }  # fmt: skip


def listing(decisions: Decisions, now: datetime, soon: Span | None) -> RenderableType:
    """Both kinds, what ends first first."""
    listed = _listed(decisions, now, soon)
    if not listed:
        if decisions.all:
            return Text(_("nothing ends by {moment}", moment=when(later(now, soon or SOON))))
        return Text(_("no waivers and no attestations"))
    parts: list[RenderableType] = []
    for one in listed:
        parts += _entry(one, now, soon or SOON)
    return Group(*parts)


def summary(done: Decided, *, dry_run: bool) -> str:
    """One line: what was written, and what it touches."""
    one = done.decision
    machines = counted(len(one.at.machines), msg("1 machine"), msg("{count} machines"))
    if isinstance(one, Waiver):
        checks = counted(len(done.checks), msg("1 check"), msg("{count} checks"))
        said = _("{id} accepts failures of {checks} on {machines} until {moment}",
                 id=one.id, checks=checks, machines=machines, moment=when(one.end))  # fmt: skip
    else:
        rows = counted(len(one.rows), msg("1 requirement"), msg("{count} requirements"))
        said = _("{id} attests {rows} on {machines} until {moment}",
                 id=one.id, rows=rows, machines=machines, moment=when(one.end))  # fmt: skip
    if dry_run:
        return _("{said}; nothing was written", said=said)
    return _("{file}: {said}", file=done.file, said=said)


def _listed(decisions: Decisions, now: datetime, soon: Span | None) -> Sequence[Decision]:
    if soon is None:
        return decisions.all
    limit = later(now, soon)
    return [one for one in decisions.all if one.end <= limit]


def _entry(one: Decision, now: datetime, soon: Span) -> list[RenderableType]:
    head = Text.assemble(
        _state(one, now, soon),
        " · ",
        _("until {moment}", moment=when(one.end)),
        " · ",
        (one_line(one.id), ACCENT),
    )
    lines = [f"{one_line(', '.join(one.what))} · {one_line(one.at.text)}", _signed(one)]
    if isinstance(one, Waiver):
        lines.append(one_line(one.reason))
    else:
        lines.append(_document(one))
    return [head, *(Padding(Text(line), (0, 0, 0, 2)) for line in lines)]


def _state(one: Decision, now: datetime, soon: Span) -> Text:
    state = state_of(one, now, soon)
    if _is_changed(one) and state != "expired":
        return Text(_("✗ document changed"), style="red")
    word = STATE_WORDS[state]
    styles = {"expired": "red", "expiring": "bold"}
    return Text(f"{word.symbol} {word.text.render()}", style=styles.get(state, ""))


def _signed(one: Decision) -> str:
    if isinstance(one, Attestation):
        return one_line(f"{one.by.name} ({one.by.unit})")
    owner = one_line(f"{one.owner.name} ({one.owner.unit})")
    approver = one_line(f"{one.approver.name} ({one.approver.unit})")
    return _("{owner}, approved by {approver}", owner=owner, approver=approver)


def _document(one: Attestation) -> str:
    """The document's name, and whether it is still the one that was attested."""
    name = one_line(one.document.name)
    if one.document.compared == "same":
        return name
    if _is_changed(one):
        return _("{document}: this is not what was attested", document=name)
    return _("{document}: it is not here and was not compared", document=name)


def _is_changed(one: Decision) -> bool:
    return isinstance(one, Attestation) and one.document.compared == "changed"
