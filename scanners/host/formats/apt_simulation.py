"""`apt-get --simulate`: what apt would install and remove (apt-get(8))."""

from __future__ import annotations

import re
from dataclasses import dataclass

_INSTALL = re.compile(r"Inst (\S+)(?: \[([^\]\s]*)\])? \((\S+) ?(.*?)(?: \[[a-z0-9-]+\])?\).*")
_REMOVE = re.compile(r"(?:Remv|Purg) (\S+).*")


@dataclass(frozen=True)
class Install:
    """A package that would be unpacked."""

    package: str
    before: str | None
    """None for one that is not there yet."""
    after: str
    archive: str
    """`Debian-Security:12/stable-security`; several are separated by commas."""


@dataclass(frozen=True)
class Simulation:
    """What apt would do."""

    installs: tuple[Install, ...]
    removes: tuple[str, ...]


def parse(text: str) -> Simulation:
    """The lines that begin with Inst, Remv and Purg; whatever else stands there is for people."""
    lines = text.splitlines()
    installs = (_INSTALL.fullmatch(line) for line in lines)
    removes = (_REMOVE.fullmatch(line) for line in lines)
    return Simulation(
        tuple(Install(m[1], m[2] or None, m[3], m[4]) for m in installs if m),
        tuple(m[1] for m in removes if m),
    )
