"""Kernel settings: the running ones, and those that the next boot would set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Persistent:
    """What sysctl.d(5) precedence leaves for one key."""

    value: str
    file: str


@dataclass(frozen=True)
class Sysctl:
    """Both values of each key."""

    running: Mapping[str, str] | None
    """`sysctl -a`; None for a tree of files."""
    persistent: Mapping[str, Persistent]
    """Key with dots → the value that systemd-sysctl would write last."""


@dataclass(frozen=True)
class Modules:
    """Kernel modules: what modprobe(8) would do, and what is loaded."""

    loaded: frozenset[str] | None
    disabled: frozenset[str]
    """Modules whose `install` line is /bin/true or /bin/false."""
    blacklisted: frozenset[str]
