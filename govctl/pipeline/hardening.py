"""Hardening of running machines by Ansible: only hosts and themes that the scan found failing.

Ansible runs as a program under ansible-runner; its inventory is made of the estate and the
findings, in a folder that is gone when the run ends.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.pipeline.events import Stage, Step, Watcher, unwatched
from govctl.texts import Message, _, msg

_PREFIX = "ansible-"
FORKS = 8
"""More forks than this are slower on a small controller: its processor is the limit."""


@dataclass(frozen=True)
class HardenTarget:
    """A machine, how to reach it, and the rows of each role that it needs."""

    id: str
    address: str
    port: int
    user: str
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """Role → rows `{"id": …, **arguments}`."""


@dataclass
class HardenResult:
    """What Ansible did on one machine."""

    target: str
    changed: list[str] = field(default_factory=list)
    """Names of the tasks that changed something."""
    failed: list[str] = field(default_factory=list)
    """Tasks that failed, with Ansible's reason."""
    unreachable: str | None = None

    @property
    def ok(self) -> bool:
        """True if every task ran."""
        return not self.failed and self.unreachable is None


def inventory(targets: Sequence[HardenTarget], key: Path, known_hosts: Path) -> dict[str, Any]:
    """Ansible's inventory; also what `govctl inventory` prints for plain `ansible-playbook`."""
    return {
        "all": {
            "hosts": {
                target.id: {
                    "ansible_host": target.address,
                    "ansible_port": target.port,
                    "ansible_user": target.user,
                    "govctl_checks": {role: list(rows) for role, rows in target.rows.items()},
                }
                for target in targets
            },
            "vars": {
                "ansible_become": True,
                "ansible_python_interpreter": "/usr/bin/python3",
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
    key: Path,
    known_hosts: Path,
    work: Path,
    check: bool = False,
    watcher: Watcher = unwatched,
) -> dict[str, HardenResult]:
    """Run the roles that have rows on each target; results by target, also for those that failed.

    With `check`, Ansible only says what it would change. The caller holds the estate. Raises
    MissingPrerequisite without Ansible and ProvisionError if the playbook could not start at all.
    """
    for left in work.glob(f"{_PREFIX}*"):  # of a run that was killed: one is at work at a time
        shutil.rmtree(left, ignore_errors=True)
    if not targets:
        return {}
    runner = _runner()
    watcher(Stage(msg("Hardening"), len(targets)))
    results = {target.id: HardenResult(target.id) for target in targets}
    for target in targets:
        watcher(Step(target.id, "started"))
    private = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work))
    try:
        run = runner.run(
            private_data_dir=str(private),
            playbook=str(playbook()),
            inventory=inventory(targets, key, known_hosts),
            forks=FORKS,
            quiet=True,
            cmdline="--check --diff" if check else None,
            envvars=_environment(private),
            event_handler=lambda event: _take(event, results),
        )
        if run.rc != 0 and all(result.ok for result in results.values()):
            raise ProvisionError(
                _("Ansible stopped: {reason}", reason=_last_lines(run.stdout.read()))
            )
    finally:
        shutil.rmtree(private, ignore_errors=True)
    for result in results.values():
        watcher(_step(result))
    return results


def playbook() -> Path:
    """The playbook that this package ships."""
    return Path(str(files("playbooks").joinpath("harden.yml")))


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
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": tempfile.gettempdir() + "/govctl-cp",
        "ANSIBLE_HOST_KEY_CHECKING": "true",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
    }


def _take(event: Mapping[str, Any], results: Mapping[str, HardenResult]) -> bool:
    data = event.get("event_data") or {}
    result = results.get(str(data.get("host")))
    if result is not None:
        outcome = data.get("res") or {}
        task = str(data.get("task", "?"))
        kind = event.get("event")
        if kind == "runner_on_ok" and outcome.get("changed"):
            result.changed.append(task)
        elif kind == "runner_on_failed" and not data.get("ignore_errors"):
            result.failed.append(f"{task}: {outcome.get('msg', '?')}")
        elif kind == "runner_on_unreachable":
            result.unreachable = str(outcome.get("msg", "?"))
    return False


def _step(result: HardenResult) -> Step:
    if result.ok:
        return Step(
            result.target, "done", msg("{count} tasks changed something", count=len(result.changed))
        )
    reason = result.unreachable or "; ".join(result.failed)
    return Step(result.target, "failed", Message("{reason}", {"reason": reason}))


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-5:])
