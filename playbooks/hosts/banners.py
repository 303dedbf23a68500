"""What is shown at login: a warning, and nothing about the system."""

from __future__ import annotations

import os

from playbooks.hosts.rights import Row, Wanted, refuse, settle
from playbooks.hosts.texts import read, replace, tell

_WARNING = """\
Hệ thống của cơ quan nhà nước. Chỉ người được giao quyền mới được truy cập.
Mọi hoạt động đều được ghi lại và có thể được kiểm tra.

Government system. Authorised access only.
All activity is recorded and may be reviewed.
"""
_AFTER_LOGIN = "/etc/motd"


def main(request: Row) -> None:
    """Each row's file; what is shown after the login is empty."""
    for row in request["rows"]:
        path = row["path"]
        _write(path, "" if path == _AFTER_LOGIN else _WARNING, dry=request["dry"])
        settle(path, Wanted(widest=0o644, extra=0o644), dry=request["dry"])


def _write(path: str, text: str, *, dry: bool) -> None:
    """A link is replaced: what it leads to may be made anew at each start."""
    before = read(path)
    if before == text and os.path.isfile(path) and not os.path.islink(path):
        return
    try:
        if not dry:
            replace(path, text, follow=False)
    except OSError as error:
        refuse(path, error)
        return
    tell(path, before, text)
