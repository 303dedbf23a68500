"""Ansible as a program under ansible-runner: started, listened to, stopped, cleaned up after."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govctl.errors import MissingPrerequisite
from govctl.pipeline.harden.ansible_ways import AnsibleWays
from govctl.pipeline.harden.run_folder import run_folder
from govctl.texts import _
from scanners.host.reach.address import Place

FORKS = 8
"""More forks than this are slower on a small controller: its processor is the limit."""
_FAILED, _UNREACHABLE = 2, 4
"""Bits of the status that ansible-playbook ends with when it came to its end; any other is its own
trouble."""
_ASKED = r"BECOME password.*:\s*?$"


@dataclass(frozen=True)
class Ending:
    """How a playbook ended."""

    complete: bool
    """False if it broke off: then nobody knows which hosts have had all their tasks."""
    said: str = ""
    """Why it did not end well; empty if it did."""


def play(
    book: Path,
    places: Mapping[str, Place],
    variables: Mapping[str, Mapping[str, Any]],
    take: Callable[[Mapping[str, Any]], bool],
    *,
    check: bool = False,
    terminal: bool = False,
) -> Ending:
    """Run a playbook on hosts by their aliases.

    `take` gets each event of ansible-runner as it happens; `check`: change nothing; `terminal`: for
    hosts whose sudo wants one. Diffs are asked for in any case. Raises MissingPrerequisite without
    Ansible, and KeyboardInterrupt if it was stopped: then Ansible has ended too, and nothing of the
    run is left here.
    """
    runner = _runner()
    password = next((one.sudo_password for one in places.values() if one.sudo_password), None)
    options = ["--check"] * check + ["--ask-become-pass"] * bool(password)
    with _stoppable() as is_stopped, run_folder("ansible") as private:
        ways = AnsibleWays(private)
        hosts = {
            alias: {**ways.variables(alias, place), **variables[alias]}
            for alias, place in places.items()
        }
        ways.write()
        _write_settings(private)
        run = runner.run(
            private_data_dir=str(private),
            playbook=str(book),
            inventory={"all": {"hosts": hosts}},
            forks=FORKS,
            quiet=True,
            cmdline=shlex.join(options),
            passwords={_ASKED: password} if password else None,
            suppress_env_files=True,  # or the password would stand in one of them
            envvars=_environment(private, terminal=terminal),
            event_handler=take,
            cancel_callback=is_stopped,
        )
        return _ending(run.rc, run.stdout.read())


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end Ansible first, and then do what they did before.

    ansible-runner would take both signals for itself and never give them back. What whoever started
    us has ignored (a shell does, for what runs in its background) stays so.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, _frame: object) -> None:
        received.append(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        signal.signal(number, signal.SIG_IGN if handler is signal.SIG_IGN else note)
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


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


def _environment(private: Path, *, terminal: bool) -> dict[str, str]:
    return {
        "PATH": _path(),
        # What a person has set for other playbooks is not meant for ours.
        "ANSIBLE_CONFIG": str(private / "ansible.cfg"),
        # What goes over standard input goes without a terminal.
        "ANSIBLE_PIPELINING": str(not terminal).lower(),
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        # What is there is removed; the home of a person would keep an empty folder.
        "ANSIBLE_REMOTE_TEMP": "/tmp",  # noqa: S108 - a folder of its own in it
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "cp"),
        "ANSIBLE_HOST_KEY_CHECKING": "true",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
    }


def _write_settings(private: Path) -> None:
    """Settings of Ansible, none; and how often ansible-runner looks whether it shall stop."""
    (private / "ansible.cfg").touch()
    folder = private / "env"
    folder.mkdir(mode=0o700)
    (folder / "settings").write_text(json.dumps({"pexpect_timeout": 1}), encoding="utf-8")


def _ending(status: int | None, text: str) -> Ending:
    """`status`: None if a signal ended it."""
    if status == 0:
        return Ending(complete=True)
    lines = [line.strip(" *") for line in text.splitlines() if line.strip(" *")]
    last = lines[-1] if lines else "?"
    if status is None:
        return Ending(complete=False, said=_("it was killed in the middle of: {last}", last=last))
    return Ending(not status & ~(_FAILED | _UNREACHABLE), last)
