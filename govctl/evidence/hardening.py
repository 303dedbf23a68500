"""What hardening did on each host: what failed, what was changed for it, and what it could not do.

Kept with the run that saw what came of it: that run's findings are the state afterwards, and its
account and versions say by whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from govctl.texts import Bilingual, Message

SCHEMA = 1
NAME = "hardening"
"""The document of a run that holds it."""
INTERRUPTED = "interrupted"
"""The document with what a hardening changed that was stopped before it could be judged."""
State = Literal["changed", "would-change"]


@dataclass(frozen=True)
class FileDiff:
    """What became of one file, or of its owner and mode."""

    path: str
    diff: str
    """Lines of a unified diff without its heading; empty if it is withheld."""
    withheld: Literal["", "secret", "binary", "large"] = ""
    """Why the lines are not here."""


@dataclass(frozen=True)
class Change:
    """What the task of one theme changed, or would change."""

    role: str
    task: str
    state: State
    files: tuple[FileDiff, ...] = ()
    said: tuple[str, ...] = ()
    """Lines in which a command said what it changed."""

    @property
    def title(self) -> Message:
        """The task's name for people: those of our playbooks are in the catalogue."""
        return Message(self.task)


@dataclass(frozen=True)
class Due:
    """A failing check that a role is to close."""

    check: str
    role: str
    reason: Message
    """Why it failed."""
    sets: Mapping[str, Any] = field(default_factory=dict)
    """The arguments of check and fix alike."""


@dataclass(frozen=True)
class Hardened:
    """What hardening came to on one host."""

    target: str
    due: tuple[Due, ...] = ()
    changes: tuple[Change, ...] = ()
    failed: tuple[str, ...] = ()
    """Tasks that failed, with the reason."""
    unreachable: str | None = None

    @property
    def ok(self) -> bool:
        """True if every task ran."""
        return not self.failed and self.unreachable is None

    def closes(self, role: str) -> tuple[Due, ...]:
        """The failing checks that a role's changes are for."""
        return tuple(one for one in self.due if one.role == role)


def document_of(hosts: Sequence[Hardened], before: str | None) -> dict[str, Any]:
    """Plain data to keep; `before` is the run whose findings were acted upon."""
    return {"schema": SCHEMA, "before": before, "hosts": [_plain(host) for host in hosts]}


def read(document: Mapping[str, Any]) -> tuple[Hardened, ...]:
    """The way back; KeyError, TypeError or ValueError if it does not fit."""
    return tuple(_hardened(row) for row in document["hosts"])


def change_of(row: Mapping[str, Any]) -> Change:
    """One change from plain data; errors as in `read`."""
    files = tuple(FileDiff(**file) for file in row["files"])
    return Change(row["role"], row["task"], row["state"], files, tuple(row["said"]))


def _plain(host: Hardened) -> dict[str, Any]:
    due = [{**vars(one), "sets": dict(one.sets), "reason": _words(one.reason)} for one in host.due]
    changes = [asdict(change) for change in host.changes]
    return {**vars(host), "due": due, "changes": changes, "failed": list(host.failed)}


def _words(message: Message) -> list[Any]:
    words: list[Any] = [message.template, dict(message.values)]
    return [*words, message.vi] if isinstance(message, Bilingual) else words


def _hardened(row: Mapping[str, Any]) -> Hardened:
    return Hardened(
        target=row["target"],
        due=tuple(_due(one) for one in row["due"]),
        changes=tuple(change_of(one) for one in row["changes"]),
        failed=tuple(row["failed"]),
        unreachable=row["unreachable"],
    )


def _due(row: Mapping[str, Any]) -> Due:
    words = row["reason"]
    reason = Bilingual(*words) if len(words) > 2 else Message(*words)
    return Due(row["check"], row["role"], reason, row["sets"])
