"""Settings of the kernel as files say them; a running kernel's are seen on a machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme


def _value(args: Mapping[str, Any]) -> str:
    return f"echo '{args['key']} = 77' >> /etc/sysctl.d/99-zz-odd.conf"


def _interfaces(args: Mapping[str, Any]) -> str:
    keys = (f"net.{args['protocol']}.conf.{scope}.{args['name']} = 77" for scope in ("all", "eth0"))
    return "\n".join(f"echo '{key}' >> /etc/sysctl.d/99-zz-odd.conf" for key in keys)


THEME = Theme(
    "kernel",
    {
        "sysctl.value": _value,
        "sysctl.interfaces": _interfaces,
        "modules.disabled": "rm -f /etc/modprobe.d/*.conf",
    },
)
