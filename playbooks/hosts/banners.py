"""What is shown at login: a warning, and nothing about the system."""

from __future__ import annotations

from playbooks.hosts.own_files import write
from playbooks.hosts.rights import Row

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
        write(path, "" if path == _AFTER_LOGIN else _WARNING, dry=request["dry"])
