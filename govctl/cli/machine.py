"""The command on the machine that runs govctl: doctor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import Format, FormatOption, OutputOption
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.doctor import State


@command("govctl doctor --fix")
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help=_("Get what is missing."))] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List what this machine needs, and how to get it."""
    from govctl import doctor as prerequisites  # noqa: PLC0415

    states = prerequisites.check()
    if fix and not all(state.stands for state in states):
        states = prerequisites.fix(states, lambda text: console.note(text.render()))
    if format is Format.JSON:
        document = [
            {
                "id": state.id,
                "state": state.condition,
                "found": state.found.render("en"),
                "remedy": state.remedy.render("en") if state.remedy else None,
            }
            for state in states
        ]
        console.write_json({"schema": 1, "prerequisites": document}, output)
    else:
        from govctl.cli.wording import hanging  # noqa: PLC0415

        lines = (hanging(line, 10) for line in _described(states))
        console.write_output("\n".join(lines), output)
    return 0 if all(state.stands for state in states) else 3


def _described(states: Sequence[State]) -> Iterator[str]:
    words = {
        "ok": _("✓ ok"),
        "missing": _("✗ missing"),
        "wrong": _("✗ wrong"),
        "information": _("· note"),
    }
    width = max(len(word) for word in words.values())
    for state in states:
        word = words[state.condition]
        yield f"{word:<{width}}  {state.name.render()}: {state.found.render()}"
        if state.remedy:
            yield f"{'':<{width}}  → {state.remedy.render()}"
    if any(not state.stands and state.fixable for state in states):
        yield _("get it all: govctl doctor --fix")
