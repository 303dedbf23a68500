"""Where the file systems of this machine's own disks lie: what a walk of all files goes through."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

_LOCAL = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "overlay")
PRUNED = ("/proc", "/sys", "/dev", "/run/containerd", "/var/lib/lxd", "/var/lib/incus",
          "/var/snap/lxd/common/lxd", "/var/lib/docker/overlay2", "/var/lib/containerd",
          "/var/lib/containers/storage", "/var/lib/machines", "/var/lib/portables",
          "/snap")  # fmt: skip
"""The kernel's own, and other machines' files."""
_MOUNTS = "/proc/self/mountinfo"


def starts(without: Collection[str] = ()) -> list[str]:
    """The root, and where else a walk begins that stays in one file system; `without` these options
    of a mount."""
    if not os.path.exists(_MOUNTS):
        return ["/"]
    with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        return ["/", *mounted(file, without)]


def mounted(mountinfo: Iterable[str], without: Collection[str] = ()) -> list[str]:
    """The first mount of each local file system, but the root, from lines of proc(5)'s mountinfo;
    of btrfs the first of each subvolume."""
    found: dict[tuple[str, str], str] = {}
    for line in mountinfo:
        words = line.split()
        kind, point = words[words.index("-") + 1], words[4]
        pruned = any(f"{point}/".startswith(f"{one}/") for one in PRUNED)
        escaped = "\\" in point
        if kind in _LOCAL and not (pruned or escaped or {*without} & {*words[5].split(",")}):
            found.setdefault((words[2], words[3] if kind == "btrfs" else ""), point)
    return [point for point in found.values() if point != "/"]
