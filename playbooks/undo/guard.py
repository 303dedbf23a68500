"""The way back of a host that nobody can enter any more: it restores itself unless a new login,
made after the change, says that all is well."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import machine
from .entry import write_whole
from .record import Record, alone
from .restore import restore
from .running import said

BOOT_SECONDS = 120
"""After a start in the middle of a run: so long a controller may take to come back."""
AGAIN_SECONDS = 60
"""Longer than a controller's connection is ever silent (ServerAliveInterval)."""
UNIT = Path("/etc/systemd/system/govctl-rollback.service")
WANTS = UNIT.parent / "multi-user.target.wants" / UNIT.name
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TEXT = """\
[Unit]
Description=Restore what govctl hardened, unless a new login proves that it is well
After=sshd.service ssh.service

[Service]
ExecStart=/usr/bin/python3 {program} --base {base} wait

[Install]
WantedBy=multi-user.target
"""


def armed(base: Path) -> dict[str, Any] | None:
    """What waits for a new login: `runs`, `deadline` and `since` (seconds of this boot), `boot`."""
    try:
        found: dict[str, Any] = json.loads((base / "armed").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found


def arm(base: Path, record: Record, seconds: int) -> None:
    """Restore after so many seconds, unless `confirm` comes first; again: the new time counts."""
    before = armed(base) or {"runs": []}
    names = [name for name in before["runs"] if name != record.run] + [record.run]
    _note(base, {"runs": names, "deadline": _now() + seconds, "since": _now(), "boot": _boot()})
    program = record.folder / "undo"
    if machine.has_systemd():
        # For a restart in between. It is no part of systemd's plans for today, so nothing reloads.
        write_whole(UNIT, _TEXT.format(program=program, base=base).encode(), 0o644)
        WANTS.parent.mkdir(parents=True, exist_ok=True)
        if not WANTS.is_symlink():
            WANTS.symlink_to(UNIT)
    if not _is_watched(base):
        _watch(program, base)


def confirm(base: Path) -> bool:
    """Stop waiting, since somebody came in anew; False if this login is older than the change."""
    waiting = armed(base)
    if waiting is not None:
        login = session()
        if login is not None and waiting["boot"] == _boot():
            began = login[1] / os.sysconf("SC_CLK_TCK")
            if began <= waiting["since"]:
                return False
        disarm(base)
    return True


def disarm(base: Path) -> None:
    """Nothing waits any more."""
    for path in (base / "armed", WANTS, UNIT):
        with suppress(FileNotFoundError):
            path.unlink()


def release(base: Path, run: str) -> None:
    """A run that was undone by hand waits for nothing; others go on waiting."""
    waiting = armed(base)
    names = [name for name in waiting["runs"] if name != run] if waiting else []
    if waiting and names:
        _note(base, {**waiting, "runs": names})
    else:
        disarm(base)


def wait(base: Path) -> None:
    """Sleep until the time is over or nothing waits; then restore what is not confirmed.

    A run that takes longer than anybody thought (a slow mirror, a database of all files) is not
    undone while it is at work and its controller is heard: only silence counts.
    """
    heard: list[str] | None = None
    with (base / "watch").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another one waits already
        while True:
            with alone(base):
                waiting = armed(base)
                if waiting is None:
                    return
                if waiting["boot"] != _boot():
                    later = {"deadline": _now() + BOOT_SECONDS, "since": _now(), "boot": _boot()}
                    waiting = {**waiting, **later}
                    _note(base, waiting)
                if _now() >= waiting["deadline"]:
                    before, heard = heard, _heard(base, waiting["runs"])
                    if heard and heard != before:
                        _note(base, {**waiting, "deadline": _now() + AGAIN_SECONDS})
                    else:
                        _give_up(base, waiting)
            time.sleep(1)


def session() -> tuple[int, int] | None:
    """The SSH login that this process belongs to: its process, and when that began (in ticks).

    None if it belongs to none: a console, a container's own way in.
    """
    pid = os.getpid()
    while pid > 1:
        found = _stat(pid)
        if found is None:
            return None
        name, parent, began = found
        if name.startswith("sshd"):
            return pid, began
        pid = parent
    return None


def at_work(record: Record) -> bool:
    """True if a run has not ended, and a visit of it goes on, or the login that began it is still
    there and not this one."""
    about = record.about
    return about["state"] == "begun" and (is_visited(record) or _is_there(about))


def unproven(base: Path) -> list[str]:
    """Runs that wait for the new login of their controller, which is still there: another change
    in between would make that login one from before it."""
    waiting = armed(base)
    records = [Record(base, name) for name in waiting["runs"]] if waiting else []
    return [record.run for record in records if record.exists and _is_there(record.about)]


def _is_there(about: dict[str, Any]) -> bool:
    """True while the login that began a run is there and not this one."""
    if about["session"] is None:
        return False
    pid, began = about["session"]
    found = _stat(pid)
    return found is not None and found[2] == began and session() != (pid, began)


def is_visited(record: Record) -> bool:
    """True while a visit of that run changes something (hosts/visit.py), whoever sent it."""
    try:
        with (record.folder / "work").open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _heard(base: Path, names: list[str]) -> list[str]:
    """How many bytes came in so far from the controllers of runs that are at work (proc(5))."""
    found = []
    for name in names:
        record = Record(base, name)
        if at_work(record):
            with suppress(OSError):
                counts = Path(f"/proc/{record.about['session'][0]}/io").read_text("ascii")
                found.append(counts.splitlines()[0])
    return found


def _stat(pid: int) -> tuple[str, int, int] | None:
    """Name, parent and start of a process (proc(5), /proc/pid/stat)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    end = text.rindex(")")
    fields = text[end + 2 :].split()
    return text[text.index("(") + 1 : end], int(fields[1]), int(fields[19])


def _give_up(base: Path, waiting: dict[str, Any]) -> None:
    """Nobody came: restore, the newest run first; what cannot be restored now is tried again."""
    for name in reversed(waiting["runs"]):
        record = Record(base, name)
        try:
            restore(base, record, force=True, timed=True)
        except OSError as error:
            record.note(problems=[str(error)])
            _note(base, {**waiting, "deadline": _now() + AGAIN_SECONDS})
            return
        waiting = {**waiting, "runs": waiting["runs"][:-1]}
    disarm(base)


def _watch(program: Path, base: Path) -> None:
    line = ["/usr/bin/python3", str(program), "--base", str(base), "wait"]
    unit = ["systemd-run", "--quiet", "--collect", f"--unit={UNIT.stem}-{int(time.time())}"]
    if machine.has_systemd() and said([*unit, *line]).returncode == 0:
        return
    subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, cwd="/",
    )  # fmt: skip


def _is_watched(base: Path) -> bool:
    with (base / "watch").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _note(base: Path, waiting: dict[str, Any]) -> None:
    write_whole(base / "armed", json.dumps(waiting).encode())


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _boot() -> str:
    """Another word after each start: the kernel's own (random(4)), and when process 1 began, since
    a container starts without its kernel. On a machine of its own that moment is always the same.
    """
    found = _stat(1)
    return f"{_BOOT_ID.read_text('ascii').strip()} {found[2] if found else 0}"
