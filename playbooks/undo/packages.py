"""Packages of a host: which are there, and how they come back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .running import SECONDS, said, tried

FETCH_SECONDS = 120
_HERE = ("installed", "triggers-awaited", "triggers-pending")
_GONE = ("not-installed", "config-files")
_UPDATES = Path("/var/lib/dpkg/updates")
"""Not empty where the machine went down while dpkg was at work; apt then moves nothing."""


def installed() -> dict[str, str]:
    """Name → version."""
    return {name: version for state, name, version in _listed() if state in _HERE}


def halves() -> list[str]:
    """What dpkg was at when the machine went down: half unpacked, not configured, half removed."""
    return [name for state, name, _version in _listed() if state not in (*_HERE, *_GONE)]


def _listed() -> list[list[str]]:
    listed = said(["dpkg-query", "-W", "-f", "${db:Status-Status} ${binary:Package} ${Version}\n"])
    rows = (line.split(" ") for line in listed.stdout.splitlines())
    return [row for row in rows if len(row) == 3]


def put_packages_back(changed: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Install what a run removed, purge what it added: what was done, and what could not be."""
    done: list[str] = []
    problems: list[str] = []
    added = _here() & set(changed.get("added", ()))
    if halves() or any(_UPDATES.glob("[0-9]*")):
        _mend(sorted(added))
    surplus = sorted(added & _here())
    if surplus:
        tried(_apt("purge", *surplus), "packages cannot be removed", problems)
    done += [f"removed {name}" for name in sorted(added - _here())]
    now = installed()
    wanted = {n: v for n, v in changed.get("removed", {}).items() if n not in now}
    if wanted:
        besides = _laid_beside()
        _install(wanted, problems)
        for path in _laid_beside() - besides:
            path.unlink()
        now = installed()
        done += [f"installed {name}" if now[name] == version
                 else f"installed {name} {now[name]} ({version} was there)"
                 for name, version in wanted.items() if name in now]  # fmt: skip
        marks = [name for name in changed.get("auto", ()) if name in wanted]
        if marks:
            tried(["apt-mark", "auto", *marks], "marks of packages", problems)
    return done, problems


def _here() -> set[str]:
    return {*installed(), *halves()}


def _mend(unwanted: list[str]) -> None:
    """After a power cut apt moves nothing until dpkg has ended what it was at. What is to go is
    not configured first: dpkg removes it as it is."""
    if unwanted:
        said(["dpkg", "--force-remove-reinstreq", "--purge", *unwanted], SECONDS)
    said(["dpkg", "--force-confold", "--configure", "-a"], SECONDS)


def _install(wanted: dict[str, str], problems: list[str]) -> None:
    """At the version that was there, else at any; together, else one at a time."""
    exact = [f"{name}={version}" for name, version in wanted.items()]
    trial: list[str] = []
    if not tried(_apt("install", *exact), "", trial):
        return
    # The lists may be older than the archive, or there are none: an image has none.
    said(["apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15",
          "-o", "Acquire::https::Timeout=15", "update"], FETCH_SECONDS)  # fmt: skip
    if not tried(_apt("install", *exact), "", trial):
        return
    if not tried(_apt("install", *wanted), "", trial):
        return
    for name, version in wanted.items():
        if tried(_apt("install", f"{name}={version}"), "", trial):
            tried(_apt("install", name), f"{name} cannot be installed", problems)


def _laid_beside() -> set[Path]:
    """New versions of files that dpkg left as they were: the files themselves come back whole."""
    return set(Path("/etc").rglob("*.dpkg-dist"))


def _apt(verb: str, *names: str) -> list[str]:
    options = ("-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confold")
    few = ("--allow-downgrades", "--no-install-recommends")
    return ["apt-get", "-qq", "-y", *options, *few, verb, *names]


def automatic() -> list[str]:
    """Packages that are there for others alone: what `apt-mark showauto` says, without its time."""
    try:
        text = Path("/var/lib/apt/extended_states").read_text(encoding="utf-8")
    except OSError:
        return []
    blocks = (dict(re.findall(r"^([\w-]+): (.*)$", block, re.M)) for block in text.split("\n\n"))
    return sorted(one["Package"] for one in blocks if one.get("Auto-Installed") == "1")
