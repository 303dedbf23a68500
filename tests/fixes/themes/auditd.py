"""auditd's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme, installed

_SETUP = "\n".join(
    [
        installed("auditd"),
        "printf '#!/bin/sh\\n' > /usr/sbin/audisp-syslog; chmod 0755 /usr/sbin/audisp-syslog",
        "mkdir -p /etc/audit/rules.d /etc/audit/plugins.d",
        "printf '%s\\n' '# kept' 'log_file = /var/log/audit/audit.log' 'priority_boost = 4'"
        " > /etc/audit/auditd.conf",
    ]
)


def _setting(args: Mapping[str, Any]) -> str:
    value = "ignore"
    if "equals" in args:
        value = {"yes": "no", "enriched": "RAW"}.get(args["equals"], "nobody")
    elif "maximum" in args:
        value = str(args["maximum"] + 1)
    elif "minimum" in args:
        value = str(args["minimum"] - 1)
    name = args["key"].upper()  # auditd takes keywords in any case
    return f"echo '{name} = {value}' >> /etc/audit/auditd.conf"


_PLUGIN = (
    "printf '%s\\n' 'active = no' 'path = /usr/sbin/audisp-syslog' 'args = LOG_LOCAL6'"
    " > /etc/audit/plugins.d/syslog.conf"
)

THEMES = (
    Theme("auditd", {"auditd.setting": _setting, "auditd.plugin": _PLUGIN}, setup=_SETUP,
          without=frozenset({"auditd-log-rotated"})),
    Theme("auditd-rotated", {"auditd-log-rotated": _setting}, setup=_SETUP),
)  # fmt: skip
