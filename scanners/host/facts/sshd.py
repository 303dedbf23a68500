"""The SSH server's effective options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sshd:
    """Options as sshd itself would use them (`sshd -T`; in a tree, computed as sshd_config(5) says)."""

    installed: bool
    options: Mapping[str, tuple[str, ...]]
    """Lower-case keyword → its values, one element per occurrence (`port` may have two)."""
    matches: tuple[str, ...] = ()
    """Conditions of Match blocks, in order; a check on an option that one of them sets must say so."""
    match_options: Mapping[str, tuple[str, ...]] | None = None
    """Keyword → every value that any Match block gives it."""
    source: str = ""
    """`sshd -T`, or the files it was computed from."""
