"""Files that rows name: another owner, another group, open to everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme, installed

_FOLDERS = re.compile(r"(\.d|/iptables|/nftables|/selinux|/cron\.(hourly|daily|weekly|monthly))$")
_WRONG = {"owner": "chown 4242", "group": "chgrp 4242", "mode": "chmod 0777"}
_ALL = ("owner", "group", "mode")


def concrete(pattern: str) -> str:
    """A path that a shell glob matches."""
    return re.sub(r"\[(.)[^]]*\]", r"\1", pattern).replace("*", "x")


def wrong(path: str, aspects: tuple[str, ...] | list[str]) -> str:
    """Shell lines that make a path, and make it wrong."""
    make = "mkdir -p" if _FOLDERS.search(path) else "touch"
    lines = [f"mkdir -p $(dirname {path})", f"[ -e {path} ] || {make} {path}"]
    return "\n".join([*lines, *(f"{_WRONG[aspect]} {path}" for aspect in aspects)])


def _named(args: Mapping[str, Any]) -> str:
    return wrong(concrete(args["paths"][0]), args.get("aspects", _ALL))


def _audit(args: Mapping[str, Any]) -> str:
    if args["what"] == "directory":
        return "mkdir -p /var/log/audit; chmod 0777 /var/log/audit"
    return wrong("/var/log/audit/audit.log", args.get("aspects", _ALL))


def _rsyslog(args: Mapping[str, Any]) -> str:
    return wrong("/var/log/odd.log", args.get("aspects", _ALL))


THEME = Theme(
    "permissions",
    {"files.permissions": _named, "files.audit-log": _audit, "files.rsyslog": _rsyslog},
    setup="\n".join(
        [
            installed("auditd", "cron", "at", "rsyslog", "gdm3", "sssd-common", "chrony"),
            "mkdir -p /etc/audit; echo 'log_group = adm' > /etc/audit/auditd.conf",
            "echo '*.* /var/log/odd.log' > /etc/rsyslog.d/odd.conf",
        ]
    ),
)
