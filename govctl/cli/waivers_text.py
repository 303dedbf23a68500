"""How waivers and attestations are listed, and what is told of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.cli.wording import counted
from govctl.decisions.model import SOON, Attestation, Decisions, Waiver, state_of
from govctl.decisions.record import attestation_document, waiver_document
from govctl.estate.model import Span
from govctl.estate.moments import later
from govctl.reports.console_parts import plain_table
from govctl.reports.decisions import STATE_WORDS, when
from govctl.reports.visible import one_line
from govctl.texts import _, msg

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


def table(decisions: Decisions, now: datetime, soon: Span | None) -> RenderableType:
    """Both kinds in one table, what ends first first."""
    listed = _listed(decisions, now, soon)
    if not listed:
        if decisions.all:
            return Text(_("nothing ends by {moment}", moment=when(later(now, soon or SOON))))
        return Text(_("no waivers and no attestations"))
    shown = plain_table(_("state"), _("until"), _("id"), _("what and where"), _("who"))
    for one in listed:
        shown.add_row(
            _state(one, now, soon or SOON),
            Text(when(one.end)),
            Text(one_line(one.id)),
            Text(f"{one_line(', '.join(one.what))}\n{one_line(one.at.text)}"),
            Text(_who(one)),
        )
    return Group(shown, *_notes(listed))


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


def _state(one: Decision, now: datetime, soon: Span) -> Text:
    state = state_of(one, now, soon)
    if _is_changed(one) and state in ("holding", "expiring"):
        return Text(f"✗ {_('document changed')}", style="red")
    word = STATE_WORDS[state]
    styles = {"expired": "red", "expiring": "bold"}
    return Text(f"{word.symbol} {word.text.render()}", style=styles.get(state, ""))


def _who(one: Decision) -> str:
    if isinstance(one, Attestation):
        return one_line(f"{one.by.name} ({one.by.unit})")
    owner = one_line(f"{one.owner.name} ({one.owner.unit})")
    approver = one_line(f"{one.approver.name} ({one.approver.unit})")
    return _("{owner}, approved by {approver}", owner=owner, approver=approver)


def _notes(listed: Sequence[Decision]) -> list[Text]:
    """What is to be known of documents."""
    lines = []
    for one in listed:
        if isinstance(one, Attestation) and one.document.compared != "same":
            name = one_line(one.document.name)
            if _is_changed(one):
                text = _("{id}: {document} is not what was attested", id=one.id, document=name)
                lines.append(Text(text, style="red"))
            else:
                text = _("{id}: {document} is not here and was not compared",
                         id=one.id, document=name)  # fmt: skip
                lines.append(Text(text))
    return [Text(), *lines] if lines else []


def _is_changed(one: Decision) -> bool:
    return isinstance(one, Attestation) and one.document.compared == "changed"
