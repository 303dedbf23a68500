"""Accounts: what opens without a password is locked, and passwords age.

Nobody is shut out: where a limit would end a password, or close an account, on the day that it is
set, it is not set, and standard error says whose; the account that we came in with keeps its shell.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any, NamedTuple

from playbooks.hosts.rights import FIRST_PERSON, NOBODY, SHELLS_WITHOUT_LOGIN, Row, refuse, say
from playbooks.hosts.texts import read

_NOLOGIN = "/usr/sbin/nologin"
_ADMINISTRATORS = ("sudo", "wheel", "admin")


class Account(NamedTuple):
    """A line of passwd(5), and its line of shadow(5) without what it hides."""

    name: str
    uid: int
    gid: int
    shell: str
    state: str
    """`empty`, `locked` or `set`."""
    days: dict[str, int | None]

    @property
    def can_log_in(self) -> bool:
        """True if its shell lets a person in."""
        return self.shell.rsplit("/", 1)[-1] not in SHELLS_WITHOUT_LOGIN


_FIELDS = {"changed": 2, "min_days": 3, "max_days": 4, "warn_days": 5, "inactive_days": 6}
_OPTIONS = {"min_days": "-m", "max_days": "-M", "warn_days": "-W", "inactive_days": "-I"}


def main(request: Row) -> None:
    """Close what the rows ask for, in the order in which one leads to another."""
    ways = {
        "accounts.shadowed": _shadow, "accounts.no-empty-password": _lock_empty,
        "accounts.root-controlled": _lock_empty, "accounts.shellless-locked": _lock_shellless,
        "accounts.system-shells": _close_shells, "accounts.root-locked": _lock_root,
        "accounts.shadow-group-empty": _empty_shadow_group, "accounts.password-age": _age,
        "accounts.inactive": _close_unused, "accounts.shadow-days": _days,
    }  # fmt: skip
    for family, way in ways.items():
        for row in request["rows"]:
            if row["family"] == family:
                way(row, request["dry"])


def accounts() -> list[Account]:
    """Everybody in the host's own files."""
    shadow = {line.split(":")[0]: line.split(":") for line in read("/etc/shadow").splitlines()}
    found = []
    for line in read("/etc/passwd").splitlines():
        parts = line.split(":")
        if len(parts) < 7 or not (parts[2].isdigit() and parts[3].isdigit()):
            continue
        fields = shadow.get(parts[0], [parts[0]]) + [""] * 9
        secret = parts[1] if parts[1] != "x" else fields[1]
        state = "locked" if secret[:1] in "!*" and secret else "set" if secret else "empty"
        days = {name: int(fields[place]) if fields[place].lstrip("-").isdigit() else None
                for name, place in _FIELDS.items()}  # fmt: skip
        found.append(Account(parts[0], int(parts[2]), int(parts[3]), parts[6], state, days))
    return found


def _do(what: str, *command: str, dry: bool) -> None:
    if not dry:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            refuse(" ".join(command), said[-1] if said else f"status {done.returncode}")
            return
    say(command[-1], what)


def _leave(account: Account, why: str) -> None:
    sys.stderr.write(f"{account.name} is left as it is: {why}\n")


def _is_ours(account: Account) -> bool:
    """True for the account that this hardening came in with."""
    return account.name == os.environ.get("SUDO_USER", "root")


def _shadow(_row: Row, dry: bool) -> None:
    if any(line.split(":")[1] != "x" for line in read("/etc/passwd").splitlines() if ":" in line):
        if not dry:
            subprocess.run(["pwconv"], check=True)
        say("/etc/passwd", "passwords moved to /etc/shadow")


def _lock_empty(_row: Row, dry: bool) -> None:
    for account in accounts():
        if account.state == "empty":
            _do("locked", "usermod", "--lock", account.name, dry=dry)


def _lock_shellless(_row: Row, dry: bool) -> None:
    listed = [line.split("#")[0].strip() for line in read("/etc/shells").splitlines()]
    shells = [line for line in listed if line.startswith("/")]
    for account in accounts():
        shut = not account.can_log_in or (shells and account.shell not in shells)
        if account.name != "root" and account.state != "locked" and shut:
            _do("locked", "usermod", "--lock", account.name, dry=dry)


def _close_shells(row: Row, dry: bool) -> None:
    first = next((int(line.split()[1]) for line in read("/etc/login.defs").splitlines()
                  if line.split()[:1] == ["UID_MIN"]), FIRST_PERSON)  # fmt: skip
    for account in accounts():
        service = account.uid < first or account.uid == NOBODY
        if account.name in ("root", *row.get("allowed", ())) or not service:
            continue
        if account.can_log_in and _is_ours(account):
            _leave(account, "it is the account that this hardening came in with")
        elif account.can_log_in:
            _do(_NOLOGIN, "usermod", "--shell", _NOLOGIN, account.name, dry=dry)


def _lock_root(_row: Row, dry: bool) -> None:
    """Only where somebody else can become root, or root has a key."""
    root = next((one for one in accounts() if one.name == "root"), None)
    if root is None or root.state == "locked":
        return
    groups = [line.split(":") for line in read("/etc/group").splitlines()]
    members = {name for parts in groups if len(parts) > 3 and parts[0] in _ADMINISTRATORS
               for name in parts[3].split(",")}  # fmt: skip
    others = any(one.name in members and one.can_log_in for one in accounts())
    if others or read("/root/.ssh/authorized_keys").strip():
        _do("locked", "usermod", "--lock", "root", dry=dry)
    else:
        _leave(root, "nobody else could become root")


def _empty_shadow_group(_row: Row, dry: bool) -> None:
    for line in read("/etc/group").splitlines():
        parts = line.split(":")
        if parts[0] != "shadow" or len(parts) < 4:
            continue
        for name in filter(None, parts[3].split(",")):
            _do(f"loses {name}", "gpasswd", "--delete", name, "shadow", dry=dry)
        for account in accounts():
            if str(account.gid) == parts[2]:
                _leave(account, "shadow is its own group")


def _limit(account: Account, field: str, value: int, dry: bool) -> None:
    """Set a limit, unless it would shut the account today."""
    days = dict(account.days, **{field: value})
    changed, longest, inactive = days["changed"], days["max_days"], days["inactive_days"]
    today = int(time.time()) // 86_400
    ends = None if changed is None or longest is None or longest < 0 else changed + longest
    if field == "inactive_days" and ends is not None and inactive is not None:
        ends += inactive
    if field != "min_days" and account.can_log_in and (changed == 0 or (ends or today) < today):
        _leave(account, "its password would end today; it has to be changed first")
        return
    _do(f"{field} {value}", "chage", _OPTIONS[field], str(value), account.name, dry=dry)


def _age(row: Row, dry: bool) -> None:
    for account in accounts():
        now = account.days["max_days"]
        if account.state != "locked" and (now is None or not 0 <= now <= row["maximum"]):
            _limit(account, "max_days", row["maximum"], dry)


def _close_unused(row: Row, dry: bool) -> None:
    for account in accounts():
        now = account.days["inactive_days"]
        if account.state == "set" and (now is None or not 0 <= now <= row["maximum"]):
            _limit(account, "inactive_days", row["maximum"], dry)


def _days(row: Row, dry: bool) -> None:
    low: Any = row.get("minimum")
    high: Any = row.get("maximum")
    names = row.get("names") or ()
    for account in accounts():
        now = account.days[row["field"]]
        if account.name not in names if names else account.state == "locked":
            continue
        above = high is not None and (now is None or now > high or row["field"] == "max_days")
        if now is None or (low is not None and now < low) or (high is not None and now > high):
            _limit(account, row["field"], int(high if above else low), dry)
