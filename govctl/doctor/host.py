"""The machine that govctl runs on, and how commands are run on it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from govctl.errors import MissingPrerequisite
from govctl.texts import _


@dataclass(frozen=True)
class Host:
    """What decides which packages and commands apply here."""

    distribution: str
    """`ID` of os-release: `debian`, `ubuntu`, …"""
    version: int
    """The leading number of `VERSION_ID`; 0 if there is none (Debian testing)."""
    like: tuple[str, ...]
    """`ID_LIKE`: `("debian",)` for Ubuntu and the derivatives."""
    systemd: bool
    """True if systemd is the init system of the running machine."""
    root: bool
    """True if this process is root; otherwise `sudo` is put before what changes the machine."""

    @property
    def debian_family(self) -> bool:
        """True where apt and dpkg are the package tools."""
        return "debian" in (self.distribution, *self.like)


def this_host(os_release: Path = Path("/etc/os-release")) -> Host:
    """The machine we are on."""
    values = parse_os_release(os_release.read_text()) if os_release.exists() else {}
    version = values.get("VERSION_ID", "").partition(".")[0]
    return Host(
        distribution=values.get("ID", "unknown"),
        version=int(version) if version.isdigit() else 0,
        like=tuple(values.get("ID_LIKE", "").split()),
        systemd=Path("/run/systemd/system").is_dir(),
        root=os.geteuid() == 0,
    )


def parse_os_release(text: str) -> Mapping[str, str]:
    """`NAME="value"` lines (os-release(5)) as a mapping; comments and blank lines are left out."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and line[0] != "#")
    return {name.strip(): value.strip().strip("\"'") for name, _equals, value in pairs}


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    status: int
    stdout: str
    stderr: str = field(repr=False, default="")

    @property
    def ok(self) -> bool:
        """True if it ended with status 0."""
        return self.status == 0


NOT_FOUND = 127
TIMED_OUT = 124


def run(
    command: Sequence[str],
    *,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    alone: bool = False,
) -> Ran:
    """Run a command, keep its output; 127 if there is no such program, 124 after the time-out.

    `alone`: in a session of its own, which ends with the command: after the time-out, or when this
    program is interrupted, nothing that it started goes on. It cannot ask anything at a terminal.
    """
    try:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            cwd=cwd,
            start_new_session=alone,
        )
    except FileNotFoundError:
        return Ran(NOT_FOUND, "", f"{command[0]}: not found")
    with started:
        try:
            stdout, stderr = started.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(started, whole=alone)
            return Ran(TIMED_OUT, "", f"{command[0]}: no answer in {timeout:.0f} s")
        except BaseException:
            _end(started, whole=alone)
            raise
    said, complained = (text.decode(errors="replace") for text in (stdout, stderr))
    return Ran(started.returncode, said, complained)


def _end(started: subprocess.Popen[bytes], *, whole: bool) -> None:
    """Kill it, and its group if that is its own: its number is nobody else's until it is waited
    for."""
    if whole:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
    started.kill()
    started.wait()


def change(
    host: Host, command: Sequence[str], *, timeout: float, env: Mapping[str, str] | None = None
) -> Ran:
    """Run a command that changes the machine, as root; `MissingPrerequisite` if it fails.

    `timeout` is in seconds. Settings of `env` are given with env(1), which sudo lets through.
    """
    settings = [f"{name}={value}" for name, value in (env or {}).items()]
    line = [*([] if host.root else ["sudo"]), "env", *settings, *command]
    done = run(line, timeout=timeout)
    if not done.ok:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise MissingPrerequisite(
            _("`{command}` failed: {why}", command=" ".join(command), why=" ".join(last)),
            hint=_("run it by hand to see all of its output"),
        )
    return done
