"""The kernel's settings of networks, as they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.catalogue import shipped
from tests.fixes.theme import Theme

_OF_NETWORKS = frozenset(
    check.id
    for check in shipped()
    if check.fix == "sysctl" and not check.kernel and check.args.get("name") != "disable_ipv6"
)
"""Where IPv6 is off, nothing else of it is asked."""


def _value(args: Mapping[str, Any]) -> str:
    wrong = next(one for one in ("0", "1", "2") if one not in args["values"])
    return f"sysctl -qw {args['key']}={wrong}"


def _interfaces(args: Mapping[str, Any]) -> str:
    wrong = next(one for one in ("0", "1", "2") if one not in args["values"])
    keys = (f"net.{args['protocol']}.conf.{scope}.{args['name']}" for scope in ("all", "eth0"))
    return "\n".join(f"sysctl -qw {key}={wrong}" for key in keys)


THEME = Theme(
    "running",
    {
        "sysctl.value": _value,
        "sysctl.interfaces": _interfaces,
        "sysctl-ipv4-ports": "sysctl -qw net.ipv4.ip_local_port_range='20000 60000'",
    },
    live=True,
    only=_OF_NETWORKS,
)
