"""Services that must run, and that must not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.catalogue import shipped
from tests.fixes.theme import Theme, installed

_PARTS = {"socket": "[Socket]\\nListenStream=/run/odd", "timer": "[Timer]\\nOnBootSec=1",
          "service": "[Service]\\nExecStart=/bin/true", "target": ""}  # fmt: skip


def unit(name: str) -> str:
    """A shell line: there is such a unit, made if it is not."""
    part = _PARTS[name.rpartition(".")[2]]
    text = f"[Unit]\\nDescription=odd\\n{part}\\n[Install]\\nWantedBy=multi-user.target\\n"
    path = f"/usr/lib/systemd/system/{name}"
    return f"systemctl cat {name} >/dev/null 2>&1 || printf '{text}' > {path}"


def _unused(args: Mapping[str, Any]) -> str:
    name = args["units"][0]
    return f"{unit(name)}\nsystemctl enable {name}"


def _off(args: Mapping[str, Any]) -> str:
    names = " ".join(args["units"])
    return "\n".join(
        [
            unit(args["units"][0]),
            f"for one in {names}; do systemctl disable $one || true; done",
            f"systemctl mask {args['units'][0]}",
        ]
    )


def _on(args: Mapping[str, Any]) -> str:
    name = args["units"][0]
    return f"{unit(name)}\nsystemctl enable {name}"


_PACKAGES = [check.args["packages"][0] for check in shipped() if check.family == "services.unused"]
_APART = frozenset({"service-journal-upload"})


def _own(args: Mapping[str, Any]) -> str:
    """A unit of somebody's own, where the link of a mask would stand."""
    name = args["units"][0]
    text = "[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n"
    return f"printf '{text}' > /etc/systemd/system/{name}\nsystemctl enable {name}"


THEMES = (
    Theme(
        "services",
        {"services.unused": _unused, "units.enabled": _off, "units.disabled": _on},
        setup=installed("dnf-automatic", "sssd", "syslog-ng", "apparmor", *_PACKAGES),
        without=_APART,
    ),
    Theme("services-own", {"units.disabled": _own}, only=frozenset({"service-netfs"})),
    Theme("services-apart", {"units.enabled": _off}, only=_APART,
          setup="dpkg --purge --force-depends rsyslog >/dev/null 2>&1"),
)  # fmt: skip
