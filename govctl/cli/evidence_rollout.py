"""What a kept run says of waves and of patching that came before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.errors import InputError, Problem
from govctl.evidence import patching, waves
from govctl.evidence.patching import PatchedMachine
from govctl.evidence.waves import KeptWaves
from govctl.reports.rollout import patched_lines, wave_lines
from govctl.reports.visible import one_line
from govctl.texts import Message, _, msg

if TYPE_CHECKING:
    from govctl.evidence.statement import Entry
    from govctl.evidence.store import Store

_PATCHED: Mapping[str, Message] = {
    patching.NAME: msg("patched before this scan:"),
    patching.INTERRUPTED: msg("begun by a patching that was stopped, before this scan:"),
}


@dataclass(frozen=True)
class Rollout:
    """The documents of a run, as they are kept and as they are read."""

    documents: Mapping[str, Any]
    waves: KeptWaves | None = None
    patched: Mapping[str, Mapping[str, PatchedMachine]] = field(default_factory=dict)
    """By the document's name."""


def rollout_in(store: Store, entry: Entry) -> Rollout:
    """What a run has of it; InputError if it is not what the run wrote."""
    run = str(entry.run)
    names = [name for name in (waves.NAME, *_PATCHED) if entry.subject(f"documents/{name}.json")]
    kept = {name: store.document(run, name) for name in names}
    try:
        rollout = waves.read(kept[waves.NAME]) if waves.NAME in kept else None
        patched = {name: patching.patched_in(kept[name]) for name in names if name in _PATCHED}
    except (KeyError, TypeError, ValueError) as error:
        problem = _("this evidence is damaged: {why}", why=error)
        raise InputError([Problem(Path(run) / "documents", 0, 0, problem)]) from error
    return Rollout(kept, rollout, patched)


def view(first: RenderableType, rollout: Rollout) -> RenderableType:
    """For people: what else is said of the run, then waves, then each machine that was patched."""
    return Group(first, *_lines(rollout))


def _lines(rollout: Rollout) -> Iterator[Text]:
    if rollout.waves:
        yield from _part(_("in waves before this scan:"), wave_lines(rollout.waves))
    for name, machines in rollout.patched.items():
        lines = [line for one in machines.values() for line in patched_lines(one)]
        yield from _part(_PATCHED[name].render(), lines)


def _part(heading: str, lines: Iterable[str]) -> Iterator[Text]:
    yield Text()
    yield Text(heading, style="bold")
    yield from (Text(f"  {one_line(line)}") for line in lines)
