"""Accounts with too many failed logins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Break, Theme

_CONF = "/etc/security/faillock.conf"


def _option(args: Mapping[str, Any]) -> str:
    if "equals" in args:
        return f"sed -i '/^{args['option']}/d' {_CONF}"
    value = args["maximum"] + 1 if "maximum" in args else args["minimum"] - 1
    return f"echo '{args['option']} = {value}' >> {_CONF}"


_BREAKS: Mapping[str, Break] = {
    "pam.lockout": "rm -f /usr/share/pam-configs/govctl-*; pam-auth-update --package",
    "pam.lockout-option": _option,
    "pam.lockout-duration": f"echo 'unlock_time = 60' >> {_CONF}",
    "pam.lockout-kept": f"echo 'dir = /run/faillock' >> {_CONF}",
}

THEMES = (
    Theme("lockout", _BREAKS),
    Theme(  # behind the block that an earlier hardening wrote
        "lockout-won",
        _BREAKS,
        setup=f"printf '# BEGIN govctl\\ndeny = 3\\n# END govctl\\n' > {_CONF}",
    ),
)
