"""Packages that must not be there are purged, and those that must be are installed.

All at once, which apt is quickest at; if apt refuses that, one at a time, so that a package that
cannot be had keeps no other from being moved. What is there afterwards decides, and not what apt
said: it also calls a run failed in which some other package could not be configured.

Where apt does not know a package, or its archive has gone, its lists are fetched once: an image has
none, and a host's may be weeks old. A plan fetches them into a folder that is gone afterwards.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
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
_OLD_LISTS = re.compile(
    r"Unable to locate package|no installation candidate|to fetch|was not found"
)
_FETCH_SECONDS = 120
_SOURCES = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15",
            "-o", "Acquire::https::Timeout=15", "-o", "APT::Update::Error-Mode=any")  # fmt: skip
Versions = Dict[str, str]
"""Installed packages."""


def main(request: Row) -> None:
    """Move what the rows ask for; those that did not are named at the end, with apt's reason."""
    dry = request["dry"]
    before = _installed()
    unwanted, wanted = _asked(request["rows"], before)
    with _folder() if dry else nullcontext() as folder:
        apt = Apt(folder)
        said = _moved(apt, ["purge"], unwanted)
        said.update(_moved(apt, ["install", "--no-install-recommends"], wanted))
    if not dry:
        after = _installed()
        for name in sorted({*before, *after}):
            _tell(name, before.get(name), after.get(name))
        failed = [name for name in unwanted if name in after]
        failed += [name for name in wanted if name not in after]
        said = {name: said.get(name) or "it is as it was" for name in failed}
    if said:
        besides = f" ({apt.unfetched})" if apt.unfetched else ""
        sys.exit("; ".join(f"{name}: {reason}" for name, reason in said.items()) + besides)


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


class Apt:
    """apt-get on this host; with a folder for its lists it only plays through what it is asked."""

    def __init__(self, folder: str | None) -> None:
        self.dry = folder is not None
        self._folder = folder
        self._own: List[str] = []
        self.unfetched: str | None = None
        """Why the lists could not be fetched, "" if they were; None if nobody has tried."""

    def __call__(self, *words: str) -> str:
        """Empty if it went well, else the first of what apt or dpkg found wrong."""
        why = self._run([*words])
        if _OLD_LISTS.search(why) and self.unfetched is None:
            self.unfetched = self._fetch()
            why = self._run([*words])
        return why

    def _run(self, words: list[str]) -> str:
        done = _said([*_APT, *self._own, *(["-s"] if self.dry else []), *words])
        if done.returncode == 0:
            for verb, name, old, new in _PLANNED.findall(done.stdout) if self.dry else ():
                _tell(name, old or None, new if verb == "Inst" else None)
            return ""
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        by_dpkg = [" ".join(lines[i : i + 2]) for i, line in enumerate(lines)
                   if line.startswith("dpkg: error")]  # fmt: skip
        by_apt = [line for line in lines if line.startswith("E: ")]
        return (by_dpkg or by_apt or lines or [f"apt-get: {done.returncode}"])[0]

    def _fetch(self) -> str:
        """Fetch the lists; why they could not all be had."""
        if self._folder is not None:
            for name in ("", "lists", "lists/partial", "cache", "cache/archives/partial"):
                path = os.path.join(self._folder, name)
                os.makedirs(path, exist_ok=True)
                os.chmod(path, 0o711)  # noqa: S103 - apt fetches as _apt, which has to enter
            self._own = ["-o", f"Dir::State::lists={self._folder}/lists",
                         "-o", f"Dir::Cache={self._folder}/cache"]  # fmt: skip
        try:
            done = _said([*_APT, *self._own, *_SOURCES, "update"], _FETCH_SECONDS)
        except subprocess.TimeoutExpired:
            return "the package sources are silent"
        said = [line.strip() for line in done.stderr.splitlines()]
        lines = [line[3:] for kind in ("E: ", "W: ") for line in said if line.startswith(kind)]
        return lines[0] if lines and done.returncode else ""


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="govctl-", dir="/var/tmp")


def _moved(apt: Apt, verb: list[str], names: list[str]) -> Dict[str, str]:
    """Those that apt would not move, and why; in a plan what it would move is told."""
    if not names:
        return {}
    why = apt(*verb, *names)
    if _INTERRUPTED in why and not apt.dry:
        subprocess.run(_INTERRUPTED.split(), stdin=subprocess.DEVNULL, stdout=sys.stderr,
                       check=False, env=_environment())  # fmt: skip
        why = apt(*verb, *names)
    if not why or len(names) == 1 or _LOCKED in why:
        return {name: why for name in names if why}
    failed = {}
    end = time.monotonic() + _PATIENCE
    for name in names:
        is_here = name in _installed()
        if not apt.dry and is_here == (verb[0] == "install"):  # the failed run has moved it
            continue
        reason = f"not tried: {why}" if time.monotonic() > end else apt(*verb, name)
        if reason:
            failed[name] = reason
    return failed


def _said(line: list[str], seconds: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds,
        env=_environment(), encoding="utf-8", errors="replace",
    )  # fmt: skip


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
