"""Files that are named: by a row, by auditd's settings, by rsyslog's rules."""

from __future__ import annotations

import glob
import os
import re
import stat

from playbooks.hosts.rights import ASPECTS, Row, Wanted, groups, number_of, settle, users
from playbooks.hosts.texts import read, replace, tell

_AUDITD = "/etc/audit/auditd.conf"


def main(request: Row) -> None:
    """Settle every file that the rows name."""
    ways = {"files.permissions": _permissions, "files.audit-log": _audit_log,
            "files.rsyslog": _rsyslog}  # fmt: skip
    for row in request["rows"]:
        ways[row["family"]](row, request["dry"])


def _one(path: str, row: Row, dry: bool) -> None:
    """A file by a row with `owners`, `groups`, `mode` and `aspects`."""
    try:
        found = os.lstat(path)
    except OSError:
        return
    owners, members = row.get("owners", ["root"]), row.get("groups", ["root"])
    aspects = row.get("aspects", ASPECTS)
    foreign = "owner" in aspects and users().get(found.st_uid) not in owners
    regrouped = "group" in aspects and groups().get(found.st_gid) not in members
    wanted = Wanted(
        number_of(owners, users()) if foreign else None,
        number_of(members, groups()) if regrouped else None,
        int(row.get("mode", "7777"), 8) if "mode" in aspects else None,
        (*owners, *members),
    )
    settle(path, wanted, dry=dry)


def _permissions(row: Row, dry: bool) -> None:
    for pattern in row["paths"]:
        for path in sorted(glob.glob(pattern)):
            _one(path, row, dry)


def _audit_log(row: Row, dry: bool) -> None:
    text = read(_AUDITD)
    log = _setting(text, "log_file", "/var/log/audit/audit.log")
    if row["what"] == "directory":
        wanted = Wanted(widest=int(row["mode"], 8), known=("root",))
        settle(os.path.dirname(log), wanted, dry=dry)
        return
    for path in sorted(glob.glob(f"{log}*")):
        _one(path, row, dry)
    group = _setting(text, "log_group", "root")
    if "group" in row.get("aspects", ASPECTS) and text and group not in row["groups"]:
        after = re.sub(r"(?mi)^([ \t]*log_group[ \t]*=[ \t]*)\S+", r"\1root", text)
        if not dry:
            replace(_AUDITD, after)
        tell(_AUDITD, text, after)


def _setting(text: str, key: str, default: str) -> str:
    return [default, *re.findall(rf"(?mi)^[ \t]*{key}[ \t]*=[ \t]*(\S+)", text)][-1]


_ENDING = re.compile(r"(?m)^[^#\n]*[ \t]-?(/[^ \t;\"*?\n]+)(?:;[^ \t\n]*)?[ \t]*}?[ \t]*$")
_QUOTED = re.compile(r"(?mi)^[^#\n]*file[ \t]*=[ \t]*\"(/[^\"*?\n]+)\"")


def _rsyslog(row: Row, dry: bool) -> None:
    for path in ["/etc/rsyslog.conf", *sorted(glob.glob("/etc/rsyslog.d/*.conf"))]:
        text = read(path)
        for log in dict.fromkeys(_ENDING.findall(text) + _QUOTED.findall(text)):
            if os.path.lexists(log) and stat.S_ISREG(os.lstat(log).st_mode):
                _one(log, row, dry)
