"""AIDE: a database, a timer that checks, and its own helpers among what it watches."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

from playbooks.hosts import units
from playbooks.hosts.rights import Row, refuse, say
from playbooks.hosts.texts import HEADER, settle_text, with_line

_RULES = "/etc/aide/aide.conf.d/00_govctl"  # of rules on one folder the first counts
_DATABASE, _NEW = "/var/lib/aide/aide.db", "/var/lib/aide/aide.db.new"
_CONFIG = "/etc/aide/aide.conf"


def main(request: Row) -> None:
    """Rules first, since the database is made of them."""
    dry = request["dry"]
    ways = {"aide.watches": _watch, "aide.scheduled": _schedule, "aide.database": _database}
    for family, way in ways.items():
        for row in request["rows"]:
            if row["family"] == family:
                way(row, dry, request["offline"])


def _watch(row: Row, dry: bool, _offline: bool) -> None:
    """AIDE follows no links, so a program has the name of where it lies."""
    folder = "/usr/sbin" if os.path.islink("/sbin") else "/sbin"
    attributes = "+".join(row["attributes"])

    def ruled(text: str) -> str:
        for name in row["programs"]:
            text = with_line(text or HEADER, f"{folder}/{name} {attributes}")
        return text

    settle_text(_RULES, ruled, dry=dry)


def _schedule(row: Row, dry: bool, offline: bool) -> None:
    for timer in row["timers"]:
        if not units.enable(timer, dry=dry):
            continue
        service = timer.replace(".timer", ".service")
        if units.state(service).startswith("masked"):
            units.turn("unmask", service, dry=dry)
        why = "" if offline else units.start(timer, dry=dry)
        if why:
            refuse(timer, why)
        return
    sys.stderr.write("no timer of AIDE is here\n")


def _database(_row: Row, dry: bool, _offline: bool) -> None:
    """Made beside and moved to its place; reading every file takes minutes on a large host."""
    if _head().startswith(b"@@begin_db"):
        return
    say(_DATABASE, "made")
    if dry:
        return
    if os.path.exists(_NEW):
        os.unlink(_NEW)
    command = ["nice", "aide", "--config", _CONFIG, "--init"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not os.path.exists(_NEW):
        sys.stderr.write(f"aide --init: {(done.stderr or done.stdout).strip()[-500:]}\n")
        sys.exit(1)
    os.rename(_NEW, _DATABASE)


def _head() -> bytes:
    """How the database begins, whether it is packed or not."""
    for opened in (gzip.open, open):
        try:
            with opened(_DATABASE, "rb") as file:
                return bytes(file.read(10))
        except OSError:
            continue
    return b""
