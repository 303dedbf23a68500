"""Owners and modes: of named paths, and of what one walk of the file system found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """One path, the last symbolic link not followed."""

    path: str
    kind: str
    mode: int
    owner: str
    """Name, or the number where it has none."""
    group: str


@dataclass(frozen=True)
class Paths:
    """The named paths that checks ask for; one that is not here does not exist."""

    paths: Mapping[str, Path]


@dataclass(frozen=True)
class Walk:
    """What one walk of the local file systems found (`find / -xdev`)."""

    world_writable_files: tuple[str, ...]
    world_writable_directories: tuple[str, ...]
    """Those without the sticky bit."""
    unowned: tuple[str, ...]
    """Owner or group without a name."""
    setuid: tuple[str, ...]
    setgid: tuple[str, ...]
    complete: bool
    """False if the walk was cut short; then only a finding can be believed, never its absence."""
