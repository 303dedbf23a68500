"""What a kept run says of hardening: what was changed before it, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.errors import InputError, Problem
from govctl.evidence.hardening import INTERRUPTED, NAME, Hardened, read
from govctl.reports.hardening import After, after_of, hardening_document, hardening_view
from govctl.reports.visible import visible
from govctl.texts import Message, _, msg

if TYPE_CHECKING:
    from govctl.evidence.statement import Entry
    from govctl.evidence.store import Store


@dataclass(frozen=True)
class Changed:
    """One document of a run."""

    name: str
    before: str | None
    """The run whose findings were acted upon."""
    hosts: tuple[Hardened, ...]
    after: After


_BY_NAME = msg("changed by the hardening {run} that was stopped, before this scan:")
_HEADINGS: Mapping[str, Message] = {
    NAME: msg("hardened before this scan, for the findings of run {run}:"),
    INTERRUPTED: msg("changed by a hardening that was stopped, before this scan:"),
}


def changed_in(store: Store, entry: Entry) -> tuple[Changed, ...]:
    """What was changed before a run; InputError if it is not what the run wrote."""
    run = str(entry.run)
    names = [name for name in _HEADINGS if entry.subject(f"documents/{name}.json") is not None]
    if not names:
        return ()
    after = after_of(store.load(run).findings)
    found = []
    for name in names:
        kept = store.document(run, name)
        try:
            found.append(Changed(name, kept["before"], read(kept), after))
        except (KeyError, TypeError, ValueError) as error:
            problem = _("this evidence is damaged: {why}", why=error)
            raise InputError([Problem(Path(run) / f"{name}.json", 0, 0, problem)]) from error
    return tuple(found)


def document(changed: Sequence[Changed]) -> dict[str, Any]:
    """For programs: by the document's name, `before` and `hosts`."""
    return {
        one.name: {"before": one.before, "hosts": hardening_document(one.hosts, one.after)}
        for one in changed
    }


def view(entry: str, changed: Sequence[Changed]) -> RenderableType:
    """For people: what is signed, then each host."""
    from policies.catalogue import checks  # noqa: PLC0415

    known = {check.id: check for check in checks()}
    parts: list[RenderableType] = [
        Text(visible(line), no_wrap=True, overflow="ignore") for line in entry.split("\n")
    ]
    for one in changed:
        named = _BY_NAME if one.name == INTERRUPTED and one.before else _HEADINGS[one.name]
        heading = named.render().replace("{run}", str(one.before))
        parts += [Text(), Text(heading, style="bold"), hardening_view(one.hosts, known, one.after)]
    return Group(*parts)
