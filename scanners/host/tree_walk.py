"""The walk of a tree of files, in the records of the live walk (see `facts/walk.py`)."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scanners.host.facts.paths import names
from scanners.host.facts.walk import (
    FIRST_PERSON,
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
_Home = tuple[int, int]


class _Found(NamedTuple):
    path: bytes
    status: os.stat_result | None = None
    error: str = ""
    home: _Home | None = None
    is_away: bool = False


def walk(root: Path, raw: Raw) -> Output:
    """One walk; names of owners and homes are those of the tree's own passwd and group."""
    started, errors, truncated = time.monotonic(), [], False
    records = _Records(raw)
    homes = _homes(raw)
    for count, found in enumerate(_entries(os.fsencode(root.resolve()), homes)):
        if found.error:
            errors.append(found.error)
        if found.is_away:
            records.note(b"a", found.path)
        elif found.status is not None:
            is_home = found.path in homes
            if is_home:
                records.note(b"H", found.path)
            records.add(found.path, found.status, None if is_home else found.home)
        if count >= _ENTRIES or time.monotonic() - started > _SECONDS:
            truncated = True
            break
    stderr = "\n".join(errors[:100]).encode("utf-8", "replace")
    seconds = time.monotonic() - started
    return Output("walk", records.end(1 if errors else 0), stderr, 0, seconds, truncated)


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
        if not (uid or gid or mode & 0o6022 or home or path.startswith(_LOGS)):
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


def _entries(root: bytes, homes: dict[bytes, _Home]) -> Iterator[_Found]:
    """Files and directories of the root's own file system, without following links."""
    device = os.lstat(root).st_dev
    pruned = {os.fsencode(path) for path in PRUNED}
    waiting: list[tuple[bytes, _Home | None]] = [(b"/", None)]
    while waiting:
        folder, home = waiting.pop()
        try:
            with os.scandir(root + folder) as found:
                listed = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield _Found(folder, error=f"{os.fsdecode(folder)}: {error.strerror}")
            continue
        for entry in listed:
            path = folder.rstrip(b"/") + b"/" + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield _Found(path, error=f"{os.fsdecode(path)}: {error.strerror}")
                continue
            if path in pruned:
                continue
            if status.st_dev != device:
                yield _Found(path, is_away=True)
                continue
            whose = homes.get(path, home)
            if stat.S_ISDIR(status.st_mode):
                waiting.append((path, whose))
            if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
                yield _Found(path, status, home=whose)
