"""Which paths of a host are kept: configuration whole, and of everything else owner and mode."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TREES = (
    "/etc",
    "/usr/share/dconf/profile",
    "/usr/share/pam-configs",
    "/var/lib/pam",
    "/var/spool/cron",
    "/boot/grub",
    "/boot/grub2",
)
"""Folders whose files are kept whole."""
FILES = ("/var/lib/dpkg/statoverride",)
LEFT = frozenset(
    {
        "/etc/.pwd.lock",
        "/etc/.updated",
        "/etc/adjtime",
        "/etc/ld.so.cache",
        "/etc/machine-id",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/etc/systemd/system/govctl-rollback.service",
        "/etc/systemd/system/multi-user.target.wants/govctl-rollback.service",
    }
)
"""What the system itself writes there, and this program: it would be taken for a change."""
NOT_WALKED = frozenset({"/proc", "/sys", "/dev", "/run", "/var/lib/govctl", "/var/lib/docker",
                        "/var/lib/containers", "/var/lib/lxd", "/var/lib/lxcfs"})  # fmt: skip
_HISTORY = (".git", ".hg", ".bzr")
"""Of etckeeper(8): its commits are not configuration, and can be large."""
_DOTFILE = re.compile(r"^\.(?!.*(history|hsts?$|viminfo|authority))", re.I)
"""Of homes: what people set, and not what programs write there all the time."""
_PASSWD = Path("/etc/passwd")
WALKERS = ("trees.", "homes.", "files.walk")
"""Families whose fixes may change owner and mode anywhere."""
_LOCAL = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "overlay")
MOST = 200_000
"""Paths whose owner and mode are kept; one that has more says so (`cut`)."""


@dataclass(frozen=True)
class Places:
    """What a run watches."""

    trees: tuple[str, ...] = TREES
    files: tuple[str, ...] = FILES
    globs: tuple[str, ...] = ()
    """Paths that the rows name: owner and mode."""
    settings: tuple[str, ...] = ()
    """Of the kernel, that the rows name."""
    walked: tuple[str, ...] = ()
    """File systems of which every path's owner and mode is kept, each without others in it."""
    homes: bool = True

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"trees": self.trees, "files": self.files, "globs": self.globs,
                "settings": self.settings, "walked": self.walked, "homes": self.homes}  # fmt: skip


def places_of(plain: dict[str, Any]) -> Places:
    """Read again."""
    lists = {name: tuple(plain[name]) for name in ("trees", "files", "globs", "settings", "walked")}
    return Places(**lists, homes=plain["homes"])


def places_for(rows: list[dict[str, Any]]) -> Places:
    """What to watch where these rows are closed: whatever path a row names, and all files where a
    row speaks of whole trees."""
    families = [str(row.get("family", "")) for row in rows]
    walked = local_file_systems() if any(one.startswith(WALKERS) for one in families) else ()
    named = sorted({text for row in rows for text in _texts(row) if text.startswith("/")})
    kernel = [row for row in rows if str(row.get("family", "")).startswith("sysctl.")]
    settings = sorted({_key(row) for row in kernel if "key" in row or "protocol" in row})
    return Places(globs=tuple(named), settings=tuple(settings), walked=walked)


def _key(row: dict[str, Any]) -> str:
    """One of the kernel, or one that every interface has."""
    return str(row.get("key") or f"net.{row['protocol']}.conf.all.{row['name']}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def whole(places: Places) -> Iterator[str]:
    """Paths that are kept with their content, each once."""
    yield from (path for path in places.files if os.path.lexists(path))
    for tree in places.trees:
        if os.path.lexists(tree):
            yield tree
            yield from (path for path in _below(tree, _HISTORY) if path not in LEFT)
    for home in _homes() if places.homes else ():
        for entry in _listed(home):
            if _DOTFILE.search(entry.name) and entry.is_file(follow_symlinks=False):
                yield entry.path


def owned(places: Places) -> Iterator[str]:
    """Paths of which owner and mode are kept; some may come twice."""
    if places.homes:
        yield from _homes()
    for pattern in places.globs:
        yield from glob.iglob(pattern)  # noqa: PTH207 - patterns are absolute
    for tree in places.walked:
        yield from _below(tree, (), os.lstat(tree).st_dev)


def local_file_systems() -> tuple[str, ...]:
    """Mount points on disks of this machine, from /proc/self/mountinfo (proc(5))."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        point, kind = fields[4], fields[fields.index("-") + 1]
        if kind in _LOCAL and (
            Path(point).is_dir() and not any(point.startswith(skip) for skip in NOT_WALKED)
        ):
            found.append(point)
    return tuple(sorted({*found, "/"}))


def _homes() -> Iterator[str]:
    """Folders of accounts that are a person's, and root's."""
    for line in _PASSWD.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        fields = line.split(":")
        if len(fields) < 7 or not fields[2].isdigit() or fields[5] in ("", "/"):
            continue
        uid = int(fields[2])
        if (uid == 0 or 1000 <= uid != 65534) and Path(fields[5]).is_dir():
            yield fields[5]


def _below(folder: str, skipped: tuple[str, ...], device: int = 0) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        for entry in _listed(waiting.pop()):
            if entry.name in skipped or entry.path in NOT_WALKED:
                continue
            yield entry.path
            if entry.is_dir(follow_symlinks=False) and (
                not device or entry.stat(follow_symlinks=False).st_dev == device
            ):
                waiting.append(entry.path)


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # gone since, or not ours to read: then nothing of it was changed by us either
        return []
