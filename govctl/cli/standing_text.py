"""What `status` and `drift` show: what stands, and what differs from what was made."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from govctl.cli import console
from govctl.cli.arguments import Format
from govctl.cli.wording import kind_word
from govctl.reports.console import status_table
from govctl.reports.standing import STATE_WORDS, Standing
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.pipeline.job import Job
    from govctl.pipeline.provision import Drift
    from stacks.changes import Change


def show_status(job: Job, rows: Sequence[Standing], format: Format, output: Path | None) -> int:
    """What stands: 0 if all of it does, else 1."""
    good = all(row.state == "stands" for row in rows)
    if format is Format.JSON:
        document = {
            "schema": 1,
            "estate": job.estate.id,
            "objects": [{"kind": row.kind, "id": row.id, "state": row.state} for row in rows],
        }
        console.write_json(document, output)
    else:
        following = None if good else f"govctl up {shlex.quote(str(job.workspace.estate))}"
        counts = Counter(row.state for row in rows)
        words = [f"{counts[s]} {w.text.render()}" for s, w in STATE_WORDS.items() if counts[s]]
        # Whoever looks in a hurry wants what does not stand; all that stands is one number.
        shown = [row for row in rows if row.state != "stands"] or rows
        table = status_table(shown, following)
        console.show(Group(Text(" · ".join(words)), Text(), table), output)
    return 0 if good else 1


def show_drift(job: Job, found: Drift, format: Format, output: Path | None) -> int:
    """What differs: 0 if something was compared and nothing does, else 1."""
    if format is Format.JSON:
        document = {
            "schema": 1,
            "estate": job.estate.id,
            "drift": [
                {"type": c.type, "name": c.name, "operation": c.operation, "fields": list(c.fields)}
                for c in found.changes
            ],
            "orphans": [{"kind": orphan.kind, "name": orphan.name} for orphan in found.orphans],
            "compared": found.compared,
        }
        console.write_json(document, output)
        return 0 if _as_made(found) else 1
    lines = [_differing(change) for change in found.changes]
    lines += [
        _("{kind} {name} belongs to no stack", kind=kind_word(orphan.kind), name=orphan.name)
        for orphan in found.orphans
    ]
    folder = shlex.quote(str(job.workspace.estate))
    if found.any:
        lines.append(_("put it right: govctl up {estate}", estate=folder))
    elif found.compared:
        lines.append(_("no drift: everything is as it was made"))
    else:
        lines.append(_("nothing is made yet: govctl up {estate}", estate=folder))
    console.write_output("\n".join(lines), output)
    return 0 if _as_made(found) else 1


def _as_made(found: Drift) -> bool:
    """True only if something was compared: nothing made is not nothing different."""
    return bool(found.compared) and not found.any


def _differing(change: Change) -> str:
    fields = ", ".join(change.fields)
    word = _("is gone") if change.operation == "delete" else _("differs: {what}", what=fields)
    return f"{kind_word(change.kind)} {change.name} {word}"
