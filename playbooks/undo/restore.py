"""Undo a run: packages, files, kernel settings and units, in this order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from . import machine, packets
from .entry import Entry, is_large, look, put_back
from .later import RULES, audit_is_locked, waiting
from .packages import put_packages_back
from .record import Change, Changed, Record, finish, runs
from .running import said

Lines = list[str]
_AFTER = (  # what was read at a start has to be read again; the first word of a line is its program
    ("/etc/systemd/journald.conf", "systemctl restart systemd-journald.service"),
    ("/etc/systemd/coredump.conf", "systemctl daemon-reload"),
    ("/etc/systemd/timesyncd.conf", "systemctl try-restart systemd-timesyncd.service"),
    ("/etc/rsyslog", "systemctl try-restart rsyslog.service"),
    ("/etc/chrony", "systemctl try-restart chrony.service"),
    (RULES, "augenrules --load"),
    ("/etc/audit/auditd.conf", "systemctl try-reload-or-restart auditd.service"),
    ("/etc/apparmor.d/", "systemctl try-reload-or-restart apparmor.service"),
    ("/etc/nftables", "nft -c -f /etc/nftables.conf && systemctl try-reload-or-restart nftables"),
    ("/etc/ssh/sshd_config", "sshd -t && systemctl try-reload-or-restart ssh.service"),
)  # fmt: skip


def conflicts(base: Path, record: Record, changed: Changed) -> Lines:
    """What is neither as the run left it nor as it was before, and which later run it was."""
    found = []
    for change in changed.files:
        now = _now(change)
        if now not in (change.before, change.after):
            later = _changed_later(base, record, change.path)
            found.append(f"{change.path} ({later})" if later else change.path)
    return found + machine.conflicts(changed.machine)


def restore(
    base: Path, record: Record, *, force: bool = False, check: bool = False,
    timed: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Put back what a run changed. `check`: only say what. `timed`: nobody asked.

    `state` of the result: `restored`, `already`, `refused` (by what others changed since; nothing
    is done then, unless `force`) or `partly`, with `problems`.
    """
    result: dict[str, Any] = {"conflicts": [], "done": [], "problems": []}
    if record.about["state"] == "restored":
        return {**result, "state": "already"}
    changed = record.changed() if check else _finished(record)
    result["conflicts"] = against = conflicts(base, record, changed)
    if against and not force:
        return {**result, "state": "refused"}
    if check:
        return {**result, "state": "would", "done": _would(changed)}
    record.free_reserve()
    done, problems = put_packages_back(changed.machine)
    files, trouble = _files(record, changed.files)
    done, problems = done + files, problems + trouble
    if files and machine.has_systemd():
        said(["systemctl", "daemon-reload"])
    for step in (machine.put_settings_back, machine.put_units_back):
        more, trouble = step(changed.machine)
        done, problems = done + more, problems + trouble
    problems += reread(files) + waiting(files)
    more, trouble = packets.put_back(changed.machine.get("packets", []))
    done, problems = done + more, problems + trouble
    state = "partly" if problems else "restored"
    record.note(state=state, timed=timed, undone=time.time(), problems=problems)
    return {**result, "state": state, "done": done, "problems": problems}


def _finished(record: Record) -> Changed:
    try:
        return finish(record)
    except OSError:  # a full disk: what is kept is whole, and can be compared without being noted
        return record.changed()


def _files(record: Record, changes: list[Change]) -> tuple[Lines, Lines]:
    """Parents before what is in them; what was not there is taken away after, deepest first."""
    done: Lines = []
    problems: Lines = []
    gone = sorted(
        (one for one in changes if one.before is None), key=lambda one: one.path, reverse=True
    )
    for change in [*gone, *(one for one in changes if one.before is not None)]:
        if _now(change) == change.before:
            continue
        if _is_lost(change):
            problems.append(f"{change.path}: too large, its content was not kept")
            continue
        try:
            put_back(change.path, change.before, record.read)
            done.append(change.path)
        except OSError as error:
            problems.append(f"{change.path}: {error.strerror}")
    return done, problems


def _is_lost(change: Change) -> bool:
    before, now = change.before, _now(change)
    if before is None or not is_large(before):
        return False
    return now is None or now.content != before.content


def take_up(record: Record) -> Lines:
    """Of a run that broke off: have services read what it wrote, as its last tasks would have.

    Else a scan reads the new files, and passes, while programs go by the old ones.
    """
    return reread([change.path for change in finish(record).files])


def reread(files: Lines) -> Lines:
    """Have services read again what was written; each once, sshd last and only if it can."""
    problems = []
    if not machine.has_systemd():
        return []
    for prefix, line in _AFTER:
        if any(path.startswith(prefix) for path in files):
            if prefix == RULES and audit_is_locked():
                continue  # `waiting` says it
            done = said(["sh", "-c", line])
            if done.returncode not in (0, 5, 127):
                last = done.stderr.strip().splitlines()[-1:] or [str(done.returncode)]
                problems.append(f"{line}: {last[0]}")
    return problems


def _now(change: Change) -> Entry | None:
    return look(change.path, content=change.content)


def _changed_later(base: Path, record: Record, path: str) -> str:
    for later in reversed(runs(base)):
        if later.run <= record.run or later.about["state"] == "restored":
            continue
        if any(change.path == path for change in later.changed().files):
            return later.run
    return ""


def _would(changed: Changed) -> Lines:
    parts = [path.path for path in changed.files if _now(path) != path.before]
    words = {"removed": "install", "added": "remove", "stopped": "start", "started": "stop",
             "sysctl": "set", "mounts": "remount", "unloaded": "load",
             "packets": "unload"}  # fmt: skip
    return parts + [f"{word} {name}" for part, word in words.items()
                    for name in changed.machine.get(part, ())]  # fmt: skip
