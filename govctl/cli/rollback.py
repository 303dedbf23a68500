"""`harden --rollback`: what was put back, what others changed since, and what fails again."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.cli import console
from govctl.cli.arguments import Format
from govctl.cli.exit_codes import exit_code
from govctl.cli.outcome import carry_on
from govctl.pipeline.rollout.unfinished import some
from govctl.reports.console import scan_summary
from govctl.reports.console_parts import next_step
from govctl.reports.json_report import scan_document
from govctl.reports.visible import visible
from govctl.texts import Message, _, counted, msg

if TYPE_CHECKING:
    from govctl.estate.model import Estate
    from govctl.pipeline.harden.rollback import RolledBack
    from govctl.pipeline.harden.undoing import Undone

WORDS: Mapping[str, Message] = {
    "restored": msg("restored: {count} things put back"),
    "already": msg("was restored before"),
    "would": msg("would put back {count} things"),
    "refused": msg("refused: others changed this since, nothing was done (--force overrides)"),
    "partly": msg("restored in part: {count} things put back"),
    "nothing": msg("nothing is kept of that run"),
    "unreachable": msg("not reached"),
}
ONE: Mapping[str, Message] = {
    "restored": msg("restored: 1 thing put back"),
    "would": msg("would put back 1 thing"),
    "partly": msg("restored in part: 1 thing put back"),
}
_SHOWN = 10


def show(
    undone: Undone,
    format: Format,
    output: Path | None,
    estate: Estate | None = None,
    runs: Path | None = None,
) -> int:
    """The end of a rollback: 4 if a machine is not what it was, else what the scan says.

    `runs`: the folder where the estate's runs have their reports.
    """
    if format is Format.JSON:
        console.write_json(document(undone), output)
    else:
        console.show(Group(*_view(undone, estate, runs)), output)
    if not all(one.ok for one in undone.machines.values()):
        return 4
    return exit_code(undone.run) if undone.run else 0


def document(undone: Undone) -> dict[str, object]:
    """The same as data."""
    from dataclasses import asdict  # noqa: PLC0415

    return {
        "schema": 1,
        "rollback": {name: asdict(one) for name, one in undone.machines.items()},
        "again": [{"target": one.target, "check": one.check} for one in undone.again],
        "scan": scan_document(undone.run) if undone.run else None,
    }


def _view(undone: Undone, estate: Estate | None, runs: Path | None) -> list[RenderableType]:
    from policies.catalogue import checks  # noqa: PLC0415

    machines = undone.machines.values()
    lines = [
        _("the hardening of run {run}:", run=run)
        for run in sorted({one.run for one in machines if one.run})
    ]
    lines += [line for one in machines if one.state != "nothing" for line in _machine(one)]
    lines += _untouched([one.target for one in machines if one.state == "nothing"])
    parts: list[RenderableType] = [Text(visible(line)) for line in lines]
    if any(one.state == "would" and one.done for one in machines):
        parts += next_step(carry_on(sys.argv[1:]))
    if undone.again:
        count = Counter(one.check for one in undone.again)
        parts += [Text(), Text(_("fails again:"), style="bold")]
        parts += [Text(visible(f"  {check} ({number})")) for check, number in sorted(count.items())]
    if undone.run:
        known = {check.id: check for check in checks()}
        parts += [Text(), scan_summary(undone.run, estate, known)]
    if undone.run and runs:
        page = runs / undone.run.id / "report.html"
        parts += [Text(), Text(_("report: {path}", path=page))]
    return parts


def _untouched(names: Sequence[str]) -> list[str]:
    """Machines that the run changed nothing on are most of them: one line for all."""
    if not names:
        return []
    shown = ", ".join(names) if console.is_verbose() else some(names)
    return [f"{shown}: {WORDS['nothing'].render()}"]


def _machine(one: RolledBack) -> list[str]:
    said = counted(len(one.done), ONE.get(one.state, WORDS[one.state]), WORDS[one.state])
    lines = [f"{one.target}: {said}"]
    for sign, rows in (("!", one.conflicts), ("✗", one.problems), ("-", one.done)):
        lines += _some(sign, rows)
    return lines


def _some(sign: str, rows: Sequence[str]) -> list[str]:
    shown = rows if console.is_verbose() else rows[:_SHOWN]
    lines = [f"  {sign} {row}" for row in shown]
    if len(shown) < len(rows):
        lines.append("  " + _("… and {count} more", count=len(rows) - len(shown)))
    return lines
