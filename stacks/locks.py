"""Who holds a stack, since when: what the engine says of a lock, whichever backend keeps it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_HOLDER = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")


def remove_torn(state: Path) -> None:
    """Remove locks that were never written whole, on a full disk or before a power cut.

    The engine reads them too, and can then neither open nor make the stack. `state` is a folder
    where no engine is at work.
    """
    for lock in (state / ".pulumi" / "locks").rglob("*"):
        if lock.suffix == ".tmp" or (lock.is_file() and not lock.stat().st_size):
            lock.unlink()


@dataclass(frozen=True)
class LockHolder:
    """Who holds a stack of a backend that Pulumi manages itself (files, S3, PostgreSQL …)."""

    pid: int
    user: str
    host: str
    since: str

    @property
    def alive(self) -> bool:
        """False only if it ran on this machine and is gone."""
        return self.host != os.uname().nodename or Path(f"/proc/{self.pid}").exists()

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, {self.since})"


def lock_holders(said: str) -> tuple[LockHolder, ...]:
    """Everybody who, in the engine's own words, holds the stack that it could not have."""
    return tuple(
        LockHolder(int(pid), user, host, since) for user, host, pid, since in _HOLDER.findall(said)
    )
