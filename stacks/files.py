"""A file that a machine is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class HostFile:
    """What stands at a path of a machine, written before its first start and on every change."""

    path: str
    content: str | pulumi.Output[str]
    """A secret Output keeps the content encrypted in the state."""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    apply: tuple[str, ...] = ()
    """Shell commands for a running machine after a change, e.g. `systemctl reload ssh`."""
    followed: str = ""
    """A shell command that fails when a running machine does not follow the file, though it is as
    it was written; the file then counts as changed."""
