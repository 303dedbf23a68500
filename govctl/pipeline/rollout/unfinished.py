"""What a run in waves leaves for the next one to know, also if it is killed.

The machines that it did not finish are for people: the next run looks at every machine anyway. The
services that worked before it are for the next run, which would otherwise take what this one broke
for something that never worked, and go on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from govctl.files import write_private
from govctl.texts import Message, msg

SCHEMA = 1
_EXPECTED = "services-before.json"
Question = tuple[str, str, str]
"""What is asked of a service: its name, the machine, and the question in English."""
SHOWN = 3
"""Machines that are named before the rest of them is only counted."""


@dataclass(frozen=True)
class Unfinished:
    """A run that did not finish every machine."""

    since: str
    """When it began, ISO 8601 in UTC."""
    machines: tuple[str, ...]
    """Those it failed on, was at work on, or had not begun."""
    why: Message | None = None
    """Why it stopped; None if it was interrupted."""

    def told(self) -> Message:
        """What the next run says of it."""
        why = self.why or msg("it was interrupted")
        return msg(
            "The run of {since} left {count} unfinished ({why}): {names}",
            since=self.since,
            count=len(self.machines),
            why=why.render(),
            names=some(self.machines),
        )


def some(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    if len(names) <= SHOWN + 1:
        return ", ".join(names)
    shown, more = ", ".join(names[:SHOWN]), len(names) - SHOWN
    return msg("{names} and {count} more", names=shown, count=more).render()


def read(folder: Path, what: str) -> Unfinished | None:
    """What the last run of a command left; None for nothing, or if nobody can read it."""
    try:
        document = json.loads(_file(folder, what).read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA or not document["machines"]:
            return None
        why = document["why"]
        return Unfinished(
            str(document["since"]),
            tuple(str(name) for name in document["machines"]),
            None if why is None else _message(why),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _message(why: Any) -> Message:
    """The reason, in whatever language it is read; a text of an earlier version stays as it is."""
    if isinstance(why, str):
        return Message("{reason}", {"reason": why})
    return Message(
        str(why["template"]), {str(name): str(value) for name, value in why["values"].items()}
    )


def write(folder: Path, what: str, left: Unfinished | None) -> None:
    """Keep it for the next run; nothing is kept if nothing is left."""
    if left is None or not left.machines:
        _file(folder, what).unlink(missing_ok=True)
        return
    document = {"schema": SCHEMA, **asdict(left)}
    write_private(_file(folder, what), json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def expected(folder: Path) -> frozenset[Question]:
    """What worked before the runs that did not end well; nothing if the last one did."""
    try:
        document = json.loads((folder / _EXPECTED).read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            return frozenset()
        return frozenset((str(a), str(b), str(c)) for a, b, c in document["worked"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def expect(folder: Path, worked: Collection[Question]) -> None:
    """Keep what works until a run has ended well."""
    if not worked:
        (folder / _EXPECTED).unlink(missing_ok=True)
        return
    document = {"schema": SCHEMA, "worked": sorted(worked)}
    write_private(folder / _EXPECTED, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _file(folder: Path, what: str) -> Path:
    return folder / f"unfinished-{what}.json"
