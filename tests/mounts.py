"""Mounts below the folder in memory that a test was given, which takes them away in the end."""

from __future__ import annotations

import subprocess
from pathlib import Path


def mount(point: Path, *words: str | Path) -> Path:
    """Mount on a folder, made if need be, what the words say; mount(8)."""
    point.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *words, point], check=True, capture_output=True, timeout=60)
    return point


def layered(point: Path, lower: Path) -> Path:
    """An overlay: a folder that stays as it is, and changes beside the mount point.

    A file of a folder on another disk shows that disk's device, or one of its own.
    """
    upper, work = (point.with_name(f"{point.name}-{name}") for name in ("upper", "work"))
    for folder in (upper, work):
        folder.mkdir(parents=True)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    return mount(point, "-t", "overlay", "-o", options, "govctl-test")
