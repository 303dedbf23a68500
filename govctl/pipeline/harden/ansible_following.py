"""What Ansible does while it runs: results by target, a journal, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from govctl.evidence.hardening import Change, Due, Hardened
from govctl.pipeline.events import State, Step, Watcher
from govctl.pipeline.harden.ansible_events import change_of, failure_of, reason_of
from govctl.pipeline.harden.ansible_visits import is_broken, is_visit, themes_of
from govctl.pipeline.harden.journal import Journal
from govctl.texts import Message, msg

SUMMARY = "Say which themes failed"
"""The playbook's task that only fails because others did: each of those is told by itself."""


@dataclass
class HardenResult:
    """What Ansible did on one machine."""

    target: str
    due: tuple[Due, ...] = ()
    changes: list[Change] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Tasks that failed, with Ansible's reason."""
    unreachable: str | None = None

    @property
    def ok(self) -> bool:
        """True if every task ran."""
        return not self.failed and self.unreachable is None

    @property
    def changed(self) -> list[str]:
        """Names of the themes' tasks that changed something, or would."""
        return [change.task for change in self.changes]

    @property
    def kept(self) -> Hardened:
        """What evidence keeps."""
        return Hardened(
            self.target, self.due, tuple(self.changes), tuple(self.failed), self.unreachable
        )


class Following:
    """Fills results by what ansible-runner says, event by event.

    `hosts`: Ansible's name of a host → its result, and the roles that have rows there. A step that
    is done or failed is one role on one host; after one that failed the host goes on with others.
    """

    def __init__(
        self,
        hosts: Mapping[str, tuple[HardenResult, tuple[str, ...]]],
        *,
        check: bool,
        journal: Journal | None,
        watcher: Watcher,
    ) -> None:
        self._hosts = hosts
        self._check = check
        self._journal = journal
        self._watcher = watcher
        self._at: dict[str, str] = {}
        """Ansible's name of a host → the role that is at work there, unless it failed."""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Note one event; False, since nobody reads it from a file."""
        data: Mapping[str, Any] = event.get("event_data") or {}
        name, kind = str(data.get("host")), event.get("event")
        if name not in self._hosts:
            return False
        result, _roles = self._hosts[name]
        if kind == "runner_on_start":
            self._started(name, data)
        elif kind in ("runner_on_ok", "runner_on_failed") and is_visit(data):
            self._visited(name, data)
        elif kind == "runner_on_failed":
            self._failed(name, data)
        elif kind == "runner_on_unreachable":
            self._at.pop(name, None)
            result.unreachable = reason_of(data.get("res") or {})
            self._tell(result, "failed", result.unreachable)
        return False

    def end(self) -> None:
        """Tell that the last role of each host is done."""
        for name, role in self._at.items():
            self._tell(self._hosts[name][0], "done", role)

    def _failed(self, name: str, data: Mapping[str, Any]) -> None:
        result, _roles = self._hosts[name]
        if data.get("task") == SUMMARY:
            return
        result.failed.append(failure_of(data))
        if name in self._at and self._at[name] == data.get("role"):
            del self._at[name]
        self._tell(result, "failed", result.failed[-1])

    def _visited(self, name: str, data: Mapping[str, Any]) -> None:
        """Several themes in one task; what fails besides them is said last."""
        for theme in themes_of(data):
            self._started(name, theme)
            change = change_of(theme, check=self._check)
            if change is not None:
                self._changed(self._hosts[name][0], change)
            if theme["res"].get("failed"):
                self._failed(name, theme)
        if is_broken(data):
            self._failed(name, data)

    def _started(self, name: str, data: Mapping[str, Any]) -> None:
        result, roles = self._hosts[name]
        role, before = str(data.get("role") or ""), self._at.get(name)
        if role in roles and role != before:
            self._at[name] = role
            if before is not None:
                self._tell(result, "done", before)
        task = Message(str(data.get("task", "?"))).render()
        self._tell(result, "started", f"{role}: {task}" if role else task)

    def _changed(self, result: HardenResult, change: Change) -> None:
        result.changes.append(change)
        if self._check:
            return
        if self._journal is not None:
            self._journal.note(result.target, change)
        said = msg("{role}: {task}: changed", role=change.role, task=change.title.render())
        self._watcher(Step(result.target, "changed", said))

    def _tell(self, result: HardenResult, state: State, text: str) -> None:
        # What roles are called and why they failed is no text of ours.
        self._watcher(Step(result.target, state, Message("{reason}", {"reason": text})))
