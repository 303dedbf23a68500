"""Postfix listens to this machine alone, and the postmaster's mail goes to root."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

from playbooks.hosts import units
from playbooks.hosts.rights import Row
from playbooks.hosts.texts import read, settle_text

_MAIN, _ALIASES, _MASTER = "/etc/postfix/main.cf", "/etc/aliases", "/etc/postfix/master.cf"


def main(request: Row) -> None:
    """Each row by its family; Postfix is restarted where its addresses changed."""
    dry, offline = request["dry"], request["offline"]
    for row in request["rows"]:
        if row["family"] == "mail.alias":
            _alias(row, dry)
        elif _listen(row, dry) and not dry and not offline:
            units.take_up("try-restart", "postfix.service")


def _alias(row: Row, dry: bool) -> None:
    name, target = row["name"], row.get("address") or "root"
    if target == name:
        sys.stderr.write(f"{name}: somebody has to say where this mail goes\n")
        return
    line = re.compile(rf"^[\"']?{re.escape(name)}[\"']?[ \t]*:.*(?:\n[ \t]+\S.*)*$",
                      re.MULTILINE | re.IGNORECASE)  # fmt: skip

    def change(text: str) -> str:
        kept = line.sub("", text).strip("\n")
        return f"{kept}\n{name}: {target}\n".lstrip("\n")

    if settle_text(_ALIASES, change, dry=dry) and not dry and shutil.which("newaliases"):
        subprocess.run(["newaliases"], check=False, capture_output=True)


def _listen(row: Row, dry: bool) -> bool:
    """`inet_interfaces`; the last setting of a name counts, and a line may go on."""
    if not read(_MAIN):
        sys.stderr.write("Postfix is not configured here\n")
        return False
    wanted = f"inet_interfaces = {row.get('interfaces', 'loopback-only')}"
    line = re.compile(r"^inet_interfaces[ \t]*=.*(?:\n[ \t]+\S.*)*\n?", re.MULTILINE)

    def change(text: str) -> str:
        kept = line.sub("", text)
        return f"{kept}{'' if kept.endswith(chr(10)) else chr(10)}{wanted}\n"

    changed = settle_text(_MAIN, change, dry=dry)
    if re.search(r"(?m)^\[?[\w.:]+\]?:\S+[ \t]+inet[ \t]", read(_MASTER)):
        sys.stderr.write(f"{_MASTER} names addresses itself: a person has to look at it\n")
    return changed
