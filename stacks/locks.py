"""The advisory locks of Pulumi's file backend: who holds a stack, since when."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LockHolder:
    """Who holds a stack of the file backend."""

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


def lock_holder(backend: str, project: str, stack: str) -> LockHolder | None:
    """Who holds this stack; None if nobody does or the backend is no folder of files."""
    if not backend.startswith("file://"):
        return None
    root = Path(backend.removeprefix("file://"))
    folder = root / ".pulumi" / "locks" / "organization" / project / stack
    for lock in sorted(folder.glob("*.json")):
        try:
            content = json.loads(lock.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return LockHolder(
            int(content["pid"]),
            str(content["username"]),
            str(content["hostname"]),
            str(content["timestamp"]),
        )
    return None
