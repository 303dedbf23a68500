"""The walk of a tree of files, in the records of the live walk (see `facts/walk.py`)."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path
from typing import NamedTuple

from scanners.host.facts.paths import names
from scanners.host.facts.walk import (
    FIRST_PERSON,
    LOCAL_TYPES,
    NOBODY,
    PRUNED,
    SHELLS_WITHOUT_LOGIN,
    SHOWN,
    SYSTEM,
)
from scanners.host.model import Output, Raw
from scanners.host.reading import text_of

_ENTRIES = 5_000_000
_SECONDS = 300.0
_SYSTEM = tuple(os.fsencode(f"{path}/") for path in SYSTEM)
_LOGS = b"/var/log/"
_RIGHTS = 0o6022
"""Without these bits a file of root and of root's group is nobody's concern."""
_KIND_AND_RIGHTS = 0o170000 | _RIGHTS
_LOCAL = frozenset(LOCAL_TYPES.split())
_Home = tuple[int, int]


class _Folder(NamedTuple):
    """A directory to be entered."""

    path: bytes
    home: _Home | None
    """Whose home it lies in."""
    device: int
    """Of its file system, or of its subvolume."""


def walk(root: Path, raw: Raw) -> Output:
    """One walk; names of owners and homes are those of the tree's own passwd and group."""
    started, truncated = time.monotonic(), False
    root = root.resolve()
    walker = _Walker(os.fsencode(root), raw)
    waiting = [_Folder(b"/", None, root.stat().st_dev)]
    while waiting and not truncated:
        waiting += walker.enter(waiting.pop())
        truncated = walker.entries > _ENTRIES or time.monotonic() - started > _SECONDS
    stderr = "\n".join(walker.errors[:100]).encode("utf-8", "replace")
    seconds = time.monotonic() - started
    status = 1 if walker.errors else 0
    return Output("walk", walker.records.end(status), stderr, 0, seconds, truncated)


class _Walker:
    """Goes through the local file systems of the tree, folder by folder, without following links.

    A tree may be a disk with others mounted where they belong. What a mount is, the kernel says: a
    file's device tells nothing, since an overlay shows that of the layer that has the file.
    """

    def __init__(self, root: bytes, raw: Raw) -> None:
        self.records = _Records(raw)
        self.errors: list[str] = []
        self.entries = 0
        self._root = root
        self._mounts = _mounts(root)
        self._homes = _homes(raw)
        self._pruned = frozenset(os.fsencode(path) for path in PRUNED)
        known = (*self._pruned, *self._homes, *self._mounts)
        self._around = {path.rpartition(b"/")[0] + b"/" for path in known}

    def enter(self, folder: _Folder) -> list[_Folder]:
        """Note what a folder holds; the folders in it."""
        start = folder.path.rstrip(b"/") + b"/"
        inside = []
        for name, status in self._of_concern(folder, start):
            path = start + name
            if not self._mounts.get(path, True):
                self.records.note(b"a", path)
                continue
            whose = self._homes.get(path, folder.home)
            if stat.S_ISDIR(status.st_mode):
                if status.st_dev != folder.device and path not in self._mounts:
                    self.records.note(b"b", path)
                    continue
                inside.append(_Folder(path, whose, status.st_dev))
            elif not stat.S_ISREG(status.st_mode):
                continue
            if path in self._homes:
                self.records.note(b"H", path)
                whose = None
            self.records.add(path, status, whose)
        return inside

    def _of_concern(self, folder: _Folder, start: bytes) -> list[tuple[bytes, os.stat_result]]:
        """What a folder holds, by name, without links and, in most folders, without the files that
        are as nearly every file is: so that little is left to be sorted."""
        usual = folder.home is None and start not in self._around and not start.startswith(_LOGS)
        kept: list[tuple[bytes, os.stat_result]] = []
        failed: list[tuple[bytes, str | None]] = []
        try:
            with os.scandir(self._root + folder.path) as found:
                listed = list(found)
        except OSError as error:
            self.errors.append(f"{os.fsdecode(folder.path)}: {error.strerror}")
            return []
        self.entries += len(listed)
        for entry in listed:
            try:
                if entry.is_symlink() or (not usual and start + entry.name in self._pruned):
                    continue
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                failed.append((entry.name, error.strerror))
                continue
            is_plain = status.st_mode & _KIND_AND_RIGHTS == stat.S_IFREG
            is_roots = not (status.st_uid or status.st_gid)
            if usual and is_plain and is_roots:
                continue
            kept.append((entry.name, status))
        self.errors += [f"{os.fsdecode(start + name)}: {why}" for name, why in sorted(failed)]
        return sorted(kept)


class _Records:
    """Records so far, and how many there are of each letter."""

    def __init__(self, raw: Raw) -> None:
        users, groups = names(raw, "/etc/passwd"), names(raw, "/etc/group")
        self._users = users if isinstance(users, dict) else {}
        self._groups = groups if isinstance(groups, dict) else {}
        self._has_users, self._has_groups = "/etc/passwd" in raw.files, "/etc/group" in raw.files
        self._bytes = bytearray()
        self._count: dict[bytes, int] = {}

    def note(self, letter: bytes, path: bytes) -> None:
        self._bytes += b"%s %s\0" % (letter, path)

    def add(self, path: bytes, status: os.stat_result, home: _Home | None) -> None:
        mode, uid, gid = status.st_mode & 0o7777, status.st_uid, status.st_gid
        if not (uid or gid or mode & _RIGHTS or home or path.startswith(_LOGS)):
            return
        is_file = stat.S_ISREG(status.st_mode)
        rest = b"%s %o %d %d %s" % (b"f" if is_file else b"d", mode, uid, gid, path)
        if mode & 0o6002:
            self._special(mode, uid, is_file, rest)
        if uid and self._has_users and uid not in self._users:
            self._say(b"u", rest)
        if gid and self._has_groups and gid not in self._groups:
            self._say(b"q", rest)
        if (uid or gid or mode & 0o022) and (path + b"/").startswith(_SYSTEM):
            self._say(b"c", rest)
        if is_file and path.startswith(_LOGS) and (uid or gid or mode & 0o7137):
            self._say(b"l", rest)
        if home:
            self._at_home(mode, uid, gid, is_file, home, rest)

    def end(self, status: int) -> bytes:
        """Everything, with what was left off and how it ended."""
        for letter, known in ((b"u", self._has_users), (b"q", self._has_groups)):
            if not known:
                self._bytes += b"n %s 0\0" % letter
        for letter, count in self._count.items():
            if count > SHOWN:
                self._bytes += b"n %s %d\0" % (letter, count)
        return bytes(self._bytes + b"e %d\0" % status)

    def _special(self, mode: int, uid: int, is_file: bool, rest: bytes) -> None:
        if is_file:
            for letter, bit in ((b"w", 0o002), (b"s", 0o4000), (b"g", 0o2000)):
                if mode & bit:
                    self._say(letter, rest)
        elif mode & 0o002 and (uid or not mode & 0o1000):
            self._say(b"d", rest)

    def _at_home(
        self, mode: int, uid: int, gid: int, is_file: bool, home: _Home, rest: bytes
    ) -> None:
        if uid != home[0]:
            self._say(b"o", rest)
        if gid != home[1]:
            self._say(b"r", rest)
        if mode & (0o7027 if is_file else 0o027):
            self._say(b"m", rest)

    def _say(self, letter: bytes, rest: bytes) -> None:
        count = self._count[letter] = self._count.get(letter, 0) + 1
        if count <= SHOWN:
            self._bytes += letter + b" " + rest + b"\0"


def _mounts(root: bytes) -> dict[bytes, bool]:
    """Mount point in the tree → whether it is a local file system; proc_pid_mountinfo(5)."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return {}
    mounts: dict[bytes, bool] = {}
    above = root.rstrip(b"/") + b"/"
    for line in lines:
        place, _dash, source = line.partition(b" - ")
        point = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8)]), place.split()[4])
        if point.startswith(above) and point != above:
            mounts[point[len(above) - 1 :]] = os.fsdecode(source.split()[0]) in _LOCAL
    return mounts


def _homes(raw: Raw) -> dict[bytes, _Home]:
    """Home → uid and gid of the first person whose it is; `/` is nobody's."""
    text = text_of(raw, "/etc/passwd")
    homes: dict[bytes, _Home] = {}
    for line in (text if isinstance(text, str) else "").splitlines():
        fields = line.split(":")
        if len(fields) < 7 or not all(re.fullmatch("[0-9]{1,10}", one) for one in fields[2:4]):
            continue
        uid, gid, home, shell = int(fields[2]), int(fields[3]), fields[5].rstrip("/"), fields[6]
        is_person = FIRST_PERSON <= uid != NOBODY
        if is_person and home.startswith("/") and shell.split("/")[-1] not in SHELLS_WITHOUT_LOGIN:
            homes.setdefault(os.fsencode(home), (uid, gid))
    return homes
