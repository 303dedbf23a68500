"""Hardening of running machines by Ansible: only hosts and themes that the scan found failing.

Ansible runs as a program under ansible-runner; its inventory is made of targets and findings, in a
folder that is gone when the run ends. What it changes is told while it runs, and written to a
journal, so that what a killed run has changed is known too.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.evidence.hardening import Change, Due, Hardened
from govctl.pipeline.ansible_events import change_of, failure_of, reason_of
from govctl.pipeline.ansible_ways import PYTHON, AnsibleWays, alias_of
from govctl.pipeline.events import Stage, Step, Watcher, unwatched
from govctl.pipeline.journal import Journal
from govctl.pipeline.run_folder import run_folder
from govctl.texts import Message, _, msg
from policies.model import Finding
from scanners.host.reach.address import HostAddress, Place

FORKS = 8
"""More forks than this are slower on a small controller: its processor is the limit."""
_ASKED = r"BECOME password.*:\s*?$"


@dataclass(frozen=True)
class HardenTarget:
    """A machine, how to reach it, the rows of each role that it needs, and what fails of them."""

    id: str
    place: Place
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """Role → rows `{"id": …, "family": …, **arguments}`."""
    due: tuple[Due, ...] = ()


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
        """Names of the tasks that changed something, or would for certain."""
        return [change.task for change in self.changes if change.state != "would-run"]

    @property
    def kept(self) -> Hardened:
        """What evidence keeps."""
        return Hardened(
            self.target, self.due, tuple(self.changes), tuple(self.failed), self.unreachable
        )


def due_of(
    findings: Iterable[Finding], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Due, ...]:
    """Which of a target's findings its rows are to close."""
    reasons = {finding.check: finding.reason for finding in findings if finding.is_open}
    return tuple(
        Due(row["id"], role, reasons[row["id"]], _arguments(row))
        for role, found in rows.items()
        for row in found
        if row["id"] in reasons
    )


def inventory(targets: Sequence[HardenTarget], key: Path, known_hosts: Path) -> dict[str, Any]:
    """The inventory that `govctl inventory` prints for plain `ansible-playbook`."""
    reached = [(t, t.place) for t in targets if isinstance(t.place, HostAddress)]
    return {
        "all": {
            "hosts": {
                target.id: {
                    "ansible_host": place.host,
                    "ansible_port": place.port,
                    "ansible_user": place.user,
                    "govctl_checks": _rows(target),
                }
                for target, place in reached
            },
            "vars": {
                "ansible_become": True,
                "ansible_python_interpreter": PYTHON,
                "ansible_ssh_private_key_file": str(key),
                "ansible_ssh_common_args": shlex.join(
                    [
                        *("-o", f"UserKnownHostsFile={known_hosts}"),
                        *("-o", "StrictHostKeyChecking=yes"),
                        *("-o", "IdentitiesOnly=yes"),
                        *("-o", "ConnectTimeout=10"),
                    ]
                ),
            },
        }
    }


def harden(
    targets: Sequence[HardenTarget],
    *,
    check: bool = False,
    journal: Journal | None = None,
    watcher: Watcher = unwatched,
) -> dict[str, HardenResult]:
    """Run the roles that have rows on each target; results by target, also for those that failed.

    With `check`, Ansible only says what it would change. `journal` notes each change as it is made.
    Raises MissingPrerequisite without Ansible, ProvisionError if the playbook could not start at
    all, and KeyboardInterrupt if it was stopped: then Ansible has ended too.
    """
    if not targets:
        return {}
    runner = _runner()
    watcher(Stage(msg("Hardening"), sum(len(target.rows) for target in targets)))
    names = {alias_of(target.id, number): target for number, target in enumerate(targets, 1)}
    following = _Following(names, check, journal, watcher)
    with _stoppable() as is_stopped, run_folder("ansible") as private:
        ways = AnsibleWays(private)
        hosts = {
            alias: {**ways.variables(alias, target.place), "govctl_checks": _rows(target)}
            for alias, target in names.items()
        }
        ways.write()
        _write_settings(private / "env")
        password = next((t.place.sudo_password for t in targets if t.place.sudo_password), None)
        options = ["--diff", *(["--check"] if check else [])]
        run = runner.run(
            private_data_dir=str(private),
            playbook=str(playbook()),
            inventory={"all": {"hosts": hosts}},
            forks=FORKS,
            quiet=True,
            cmdline=shlex.join([*options, *(["--ask-become-pass"] if password else [])]),
            passwords={_ASKED: password} if password else None,
            suppress_env_files=True,  # or the password would stand in one of them
            envvars=_environment(private),
            event_handler=following.take,
            cancel_callback=is_stopped,
        )
        if run.rc != 0 and not is_stopped() and all(one.ok for one in following.results.values()):
            raise ProvisionError(
                _("Ansible stopped: {reason}", reason=_last_lines(run.stdout.read()))
            )
    following.end()
    return following.results


def playbook() -> Path:
    """The playbook that this package ships."""
    return Path(str(files("playbooks").joinpath("harden.yml")))


class _Following:
    """Results as they come in, and what is told of them."""

    def __init__(
        self,
        names: Mapping[str, HardenTarget],
        check: bool,
        journal: Journal | None,
        watcher: Watcher,
    ) -> None:
        self.results = {t.id: HardenResult(t.id, t.due) for t in names.values()}
        self._names = names
        self._check = check
        self._journal = journal
        self._watcher = watcher
        self._at: dict[str, str] = {}
        """Target → the role that is at work there."""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Note one event; False, since nobody reads it from a file."""
        data = event.get("event_data") or {}
        target = self._names.get(str(data.get("host")))
        if target is None:
            return False
        result, kind = self.results[target.id], event.get("event")
        if kind == "runner_on_start":
            self._started(target, data)
        elif kind in ("runner_on_ok", "runner_on_skipped"):
            change = change_of(data, check=self._check)
            if change is not None:
                self._changed(result, change)
        elif kind == "runner_on_failed" and not data.get("ignore_errors"):
            self._failed(result, failure_of(data))
        elif kind == "runner_on_unreachable":
            result.unreachable = reason_of(data.get("res") or {})
            self._tell(target.id, "failed", Message("{reason}", {"reason": result.unreachable}))
        return False

    def end(self) -> None:
        """Tell that the last role of each host is done."""
        for target, role in self._at.items():
            if self.results[target].ok:
                self._tell(target, "done", Message("{role}", {"role": role}))

    def _started(self, target: HardenTarget, data: Mapping[str, Any]) -> None:
        role, task = str(data.get("role") or ""), str(data.get("task", "?"))
        before = self._at.get(target.id)
        if role in target.rows and role != before:
            self._at[target.id] = role
            if before is not None:
                self._tell(target.id, "done", Message("{role}", {"role": before}))
        self._tell(target.id, "started", Message("{role}: {task}", {"role": role, "task": task}))

    def _changed(self, result: HardenResult, change: Change) -> None:
        result.changes.append(change)
        if self._check:
            return
        if self._journal is not None:
            self._journal.note(result.target, change)
        said = msg("{role}: {task}: changed", role=change.role, task=change.task)
        self._tell(result.target, "changed", said)

    def _failed(self, result: HardenResult, reason: str) -> None:
        result.failed.append(reason)
        self._tell(result.target, "failed", Message("{reason}", {"reason": reason}))

    def _tell(self, target: str, state: Any, text: Message) -> None:
        self._watcher(Step(target, state, text))


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end Ansible first, and then do what they did before.

    ansible-runner would take both signals for itself and never give them back.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, _frame: object) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


def _arguments(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "family")}


def _rows(target: HardenTarget) -> dict[str, list[Mapping[str, Any]]]:
    return {role: list(rows) for role, rows in target.rows.items()}


def _runner() -> Any:
    try:
        import ansible_runner  # noqa: PLC0415 - half a second that other commands do without
    except ImportError as error:
        raise MissingPrerequisite(
            _("Ansible is not installed"), hint="pip install 'govctl[harden]'"
        ) from error
    if shutil.which("ansible-playbook", path=_path()) is None:
        raise MissingPrerequisite(
            _("Ansible is not installed"), hint="pip install 'govctl[harden]'"
        )
    return ansible_runner


def _path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _environment(private: Path) -> dict[str, str]:
    return {
        "PATH": _path(),
        "ANSIBLE_CONFIG": os.devnull,  # what a person set for other playbooks is not meant for ours
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "cp"),
        "ANSIBLE_HOST_KEY_CHECKING": "true",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
    }


def _write_settings(folder: Path) -> None:
    """How often ansible-runner looks whether it shall stop; it reads this from a file alone."""
    folder.mkdir(mode=0o700)
    (folder / "settings").write_text(json.dumps({"pexpect_timeout": 1}), encoding="utf-8")


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-5:])
