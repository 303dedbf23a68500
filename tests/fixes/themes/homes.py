"""Homes of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_WRONG = {
    "exists": "rm -rf /home/binh",
    "owner": "chown root /home/an",
    "mode": "chmod 0777 /home/an",
}
_DEEP = {"owner": "chown root", "group": "chgrp root", "mode": "chmod 0777"}


def _folder(args: Mapping[str, Any]) -> str:
    return "\n".join(_WRONG[one] for one in args.get("aspects", _WRONG))


def _tree(args: Mapping[str, Any]) -> str:
    path = f"/home/an/deep/er/{args['what']}"
    return f"mkdir -p /home/an/deep/er; touch {path}; {_DEEP[args['what']]} {path}"


THEME = Theme(
    "homes",
    {
        "accounts.homes": _folder,
        "homes.group": "chgrp root /home/an",
        "homes.tree": _tree,
        "homes.trust": "touch /etc/hosts.equiv /root/.rhosts /home/an/.rhosts",
        "home-dot-files-group": "chgrp root /home/an/.profile",
        "home-dot-files-owner": "chown root /home/an/.profile",
        "home-dot-files-mode": "chmod 0777 /home/an/.profile",
        "home-shell-history": "touch /home/an/.bash_history; chmod 0644 /home/an/.bash_history",
    },
    setup="useradd -m -s /bin/bash an; useradd -m -s /bin/bash binh; chmod 0700 /home/*",
)
