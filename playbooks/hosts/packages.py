"""Packages that must not be there are purged, and those that must be are installed.

All at once, which apt is quickest at; if apt refuses that, one at a time, so that a package that
cannot be had keeps no other from being moved. What is there afterwards decides, and not what apt
said: it also calls a run failed in which some other package could not be configured.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import time
from typing import Dict, List

from playbooks.hosts.rights import Row, say

_APT = ("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=120")
_PATIENCE = 300
"""Seconds in which one more package is tried by itself: each waits for a mirror that is silent."""
_PLANNED = re.compile(r"(?m)^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?")
_LOCKED = "/lock"
"""Stands in what apt says where another program moves packages: then none can be moved."""
_INTERRUPTED = "dpkg --configure -a"
"""The same where a machine went down while dpkg was at work."""
Versions = Dict[str, str]
"""Installed packages."""


def main(request: Row) -> None:
    """Move what the rows ask for; those that did not are named at the end, with apt's reason."""
    dry = request["dry"]
    before = _installed()
    unwanted, wanted = _asked(request["rows"], before)
    said = _moved(["purge"], unwanted, dry)
    said.update(_moved(["install", "--no-install-recommends"], wanted, dry))
    if not dry:
        after = _installed()
        for name in sorted({*before, *after}):
            _tell(name, before.get(name), after.get(name))
        failed = [name for name in unwanted if name in after]
        failed += [name for name in wanted if name not in after]
        said = {name: said.get(name) or "it is as it was" for name in failed}
    if said:
        sys.exit("; ".join(f"{name}: {reason}" for name, reason in said.items()))


def _asked(rows: List[Row], here: Versions) -> tuple[list[str], list[str]]:
    unwanted: list[str] = []
    wanted: list[str] = []
    for row in rows:
        found = [name for name in here
                 if any(fnmatch.fnmatchcase(name, one) for one in row["packages"])]  # fmt: skip
        if row["family"] == "packages.absent":
            unwanted += found
        elif not found:
            wanted.append(row["packages"][0])
    if "aide" in wanted:  # by itself it has no configuration and no timer
        wanted.append("aide-common")
    return list(dict.fromkeys(unwanted)), list(dict.fromkeys(wanted))


def _moved(verb: list[str], names: list[str], dry: bool) -> Dict[str, str]:
    """Those that apt would not move, and why; with `dry` what it would move is told."""
    if not names:
        return {}
    why = _apt([*verb, *names], dry)
    if _INTERRUPTED in why and not dry:
        subprocess.run(_INTERRUPTED.split(), stdin=subprocess.DEVNULL, stdout=sys.stderr,
                       check=False, env=_environment())  # fmt: skip
        why = _apt([*verb, *names], dry)
    if not why or len(names) == 1 or _LOCKED in why:
        return {name: why for name in names if why}
    failed = {}
    end = time.monotonic() + _PATIENCE
    for name in names:
        is_here = name in _installed()
        if not dry and is_here == (verb[0] == "install"):  # the failed run has moved it
            continue
        reason = f"not tried: {why}" if time.monotonic() > end else _apt([*verb, name], dry)
        if reason:
            failed[name] = reason
    return failed


def _apt(words: list[str], dry: bool) -> str:
    """Empty if it went well, else the first of what apt or dpkg found wrong."""
    done = subprocess.run(
        [*_APT, *(["-s"] if dry else []), *words],
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
        env=_environment(), encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode == 0:
        for verb, name, old, new in _PLANNED.findall(done.stdout) if dry else ():
            _tell(name, old or None, new if verb == "Inst" else None)
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    by_dpkg = [" ".join(lines[i : i + 2]) for i, line in enumerate(lines)
               if line.startswith("dpkg: error")]  # fmt: skip
    by_apt = [line for line in lines if line.startswith("E: ")]
    return (by_dpkg or by_apt or lines or [f"apt-get: {done.returncode}"])[0]


def _environment() -> Dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def _tell(name: str, before: str | None, after: str | None) -> None:
    if before != after:
        say(f"{name}:", f"{before or 'absent'} → {after or 'absent'}")


def _installed() -> Versions:
    """Packages that are unpacked and configured, by name without the architecture."""
    line = "${db:Status-Abbrev}|${Package}|${Version}\n"
    said = subprocess.run(["dpkg-query", "-W", "-f", line], stdout=subprocess.PIPE, check=True,
                          encoding="utf-8", errors="replace").stdout  # fmt: skip
    rows = (one.split("|") for one in said.splitlines())
    return {name: version for state, name, version in rows if state[1:2] == "i"}
