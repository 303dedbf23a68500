"""Who keeps the time: chrony's sources and account, and a daemon that begins with the system."""

from __future__ import annotations

import glob
import os
import re
from functools import partial

from playbooks.hosts import units
from playbooks.hosts.others import overrule
from playbooks.hosts.rights import Row, refuse
from playbooks.hosts.texts import read

_MAIN, _GIVEN = "/etc/chrony/chrony.conf", "/etc/default/chrony"
_FOLDERS = {"confdir": "conf", "sourcedir": "sources"}
_POOL = re.compile(r"pool", re.IGNORECASE)
_OF_POOLS = re.compile(r"[ \t]+maxsources[ \t]+[0-9]+")
_AS_USER = re.compile(r"[ \t]*-u[ \t]*[a-z_][a-z0-9_-]*")
_OPTIONS = re.compile(r"[ \t]*DAEMON_OPTS=")
_NAMES = {"ntp": ["ntpsec", "ntp", "ntpd"]}
"""Of the daemons of one tool; others have the tool's."""


def main(request: Row) -> None:
    """chrony's files, then the daemons; chrony takes up last what was written."""
    rows, dry, live = request["rows"], request["dry"], not request["offline"]
    changed = _settle(rows, dry)
    daemons = [_NAMES.get(row["tool"], [row["tool"]])
               for row in rows if row["family"] == "choice.starts"]  # fmt: skip
    daemons += [row["daemons"] for row in rows if row["family"] == "time.daemon"]
    for names in daemons:
        _keep(names, dry=dry, live=live)
    if changed and live and not dry:
        units.take_up("try-restart", "chrony.service")


def _settle(rows: list[Row], dry: bool) -> bool:
    """Every file that chrony reads at its start; True if one of them changes."""
    pools = any(row["family"] == "time.no-pools" for row in rows)
    user = next((row["user"] for row in rows if row["family"] == "time.user"), "")
    if not pools and not user:
        return False
    settled = partial(followed, pools=pools, user=user)
    changed = [overrule(path, partial(settled, is_main=path == _MAIN), dry=dry)
               for path in [_MAIN, *_included(read(_MAIN))] if os.path.isfile(path)]  # fmt: skip
    if user and os.path.isfile(_GIVEN):
        changed.append(overrule(_GIVEN, given, dry=dry))
    return any(changed)


def _included(text: str) -> list[str]:
    found = {path for pattern in patterns(text) for path in glob.glob(pattern)}
    return sorted(found - {_MAIN})


def patterns(text: str) -> list[str]:
    """Files of /etc that a configuration includes; what is in /run is gone at the next start."""
    found: list[str] = []
    for words in map(str.split, text.split("\n")):
        keyword = words[0].lower() if words else ""
        if keyword == "include":
            found += words[1:2]
        elif keyword in _FOLDERS:
            found += [f"{word}/*.{_FOLDERS[keyword]}" for word in words[1:]]
    return [one for one in found if one.startswith("/etc/")]


def followed(text: str, *, pools: bool, user: str, is_main: bool) -> str:
    """A configuration that follows servers where it followed `pools` of them; with a `user`, the
    main file alone names one, and this one once."""
    lines, placed = [], not (is_main and user)
    for line in text.split("\n"):
        keyword = (line.split() or [""])[0].lower()
        if user and keyword == "user":
            if not placed:
                lines.append(f"user {user}")
            placed = True
        elif pools and keyword == "pool":
            lines.append(_OF_POOLS.sub("", _POOL.sub("server", line, count=1), count=1))
        else:
            lines.append(line)
    if not placed:
        lines[-1:] = [*filter(None, lines[-1:]), f"user {user}", ""]
    return "\n".join(lines)


def given(text: str) -> str:
    """chronyd's options without an account: that would count before the files' own."""
    return "\n".join(_AS_USER.sub("", line) if _OPTIONS.match(line) else line
                     for line in text.split("\n"))  # fmt: skip


def _keep(names: list[str], *, dry: bool, live: bool) -> None:
    """The first of these daemons that is here keeps the time."""
    for unit in (f"{name}.service" for name in names):
        if units.enable(unit, dry=dry):
            why = units.start(unit, dry=dry) if live else ""
            if why:
                refuse(unit, why)
            return
