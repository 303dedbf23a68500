"""Disk and memory: said before anything starts, not when it breaks half-way."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from govctl.doctor.host import Host
from govctl.doctor.model import Prerequisite, State
from govctl.texts import Message, msg

GIB = 1 << 30
SMALLEST_POOL = 8 * GIB
# 302 machines took 11 GB of a pool, so more than this is of no use to the largest demo.
LARGEST_POOL = 60 * GIB
LEAVE_FREE = 5 * GIB
LEAVE_SHARE = 0.2
CACHE = 3 * GIB
"""Images, packages and the Pulumi CLI."""
# Thirty machines at about 36 MB each, the engine, and two image builds side by side.
LEAST_MEMORY = 3 * GIB


@dataclass(frozen=True)
class PoolSize:
    """How large the pool may be, in bytes; None if there is too little room, and why."""

    bytes: int | None
    why: Message


def pool_size(free: int) -> PoolSize:
    """The size of a new pool on a disk with `free` bytes; whole GiB.

    A fifth of what is free and at least 5 GiB stay free for everything else.
    """
    room = min(free - max(LEAVE_FREE, int(free * LEAVE_SHARE)), LARGEST_POOL)
    if room < SMALLEST_POOL:
        why = msg(
            "{free} GiB free; a pool of {least} GiB and {leave} GiB beside it are needed",
            free=f"{free / GIB:.1f}",
            least=SMALLEST_POOL // GIB,
            leave=LEAVE_FREE // GIB,
        )
        return PoolSize(None, why)
    return PoolSize(room // GIB * GIB, msg("{free} GiB free", free=f"{free / GIB:.1f}"))


def free_bytes(path: Path) -> int:
    """Bytes that may be written at `path`, or at the nearest folder above it that exists."""
    here = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(here).free


def parse_meminfo(text: str) -> int:
    """Total memory in bytes from /proc/meminfo; 0 if it does not say."""
    for line in text.splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


class Disk(Prerequisite):
    """Room for images and the caches of the person who runs govctl."""

    id = "disk"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def look(self, host: Host) -> State:
        """Free space where the caches lie."""
        free = free_bytes(self.folder)
        found = msg("{free} GiB free in {path}", free=f"{free / GIB:.1f}", path=self.folder)
        if free >= CACHE:
            return State(self.id, msg("Disk space"), "ok", found)
        remedy = msg("free {least} GiB", least=CACHE // GIB)
        return State(self.id, msg("Disk space"), "wrong", found, remedy)


class Memory(Prerequisite):
    """Memory for the machines of a small province."""

    id = "memory"

    def look(self, host: Host) -> State:
        """Total memory."""
        total = parse_meminfo(Path("/proc/meminfo").read_text())
        found = msg("{total} GiB", total=f"{total / GIB:.1f}")
        if total >= LEAST_MEMORY:
            return State(self.id, msg("Memory"), "ok", found)
        remedy = msg("use a machine with {least} GiB or more", least=LEAST_MEMORY // GIB)
        return State(self.id, msg("Memory"), "wrong", found, remedy)
