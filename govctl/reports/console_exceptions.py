"""Recorded exceptions on a terminal: those of an estate, and those that changed verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from govctl.estate.model import Need
from govctl.estate.show import Exempted
from govctl.reports.console_parts import name_of, some
from govctl.reports.exceptions import excepted
from govctl.reports.visible import one_line
from govctl.texts import _
from policies.model import Finding


def excepted_lines(findings: Iterable[Finding]) -> list[RenderableType]:
    """How many results rest on recorded exceptions, and whose these are."""
    found = excepted(findings)
    if not found:
        return []
    count = sum(len(one.targets) for one in found)
    names = some(tuple(dict.fromkeys(one.whose for one in found)))
    return [Text(_("by recorded exceptions: {count} ({names})", count=count, names=names))]


def needs_table(rows: Sequence[Exempted]) -> RenderableType:
    """Each exception with what holds instead, why, and for which machines."""
    if not rows:
        return Text(_("no component needs an exception from a check"))
    parts: list[RenderableType] = []
    for number, row in enumerate(rows):
        if number == 0 or rows[number - 1].need.whose != row.need.whose:
            names = some(row.machines, 4)
            head = _("{whose} · machines: {count} ({names})", whose=row.need.whose,
                     count=len(row.machines), names=names)  # fmt: skip
            parts += [*([Text()] if parts else []), Text(one_line(head), style="bold")]
        parts.append(Padding(Text(f"{row.need.check}: {_instead(row.need)}"), (0, 0, 0, 2)))
        parts.append(Padding(Text(name_of(row.need.why)), (0, 0, 0, 4)))
    return Group(*parts)


def exceptions_document(rows: Iterable[Exempted]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "schema": 1,
        "needs": [
            {
                "check": row.need.check,
                "arguments": {one.name: one.value for one in row.need.arguments},
                "whose": row.need.whose,
                "why": {"vi": row.need.why.vi, "en": row.need.why.en},
                "machines": list(row.machines),
            }
            for row in rows
        ],
    }


def _instead(need: Need) -> str:
    if not need.arguments:
        return _("not due")
    values = "; ".join(f"{one.name} {_shown(one.value)}" for one in need.arguments)
    return _("judged by {values}", values=one_line(values))


def _shown(value: bool | int | str | tuple[str, ...]) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
