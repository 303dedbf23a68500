"""Paths inside a folder that stands for `/`: links are followed by hand, never out of it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache
from itertools import islice
from pathlib import Path

_HOPS = 40
"""Symbolic links on one way; the kernel gives up at the same number."""
_FOUND = 20_000
"""Paths of one glob."""
_STEP = 1 << 16
_WILD = frozenset("*?[")
_Matches = Callable[[str], bool]
_Steps = tuple[tuple[str, _Matches | None], ...]
"""What stands between wildcards, and whom each wildcard takes; None after the last."""


class Rooted:
    """A tree of files. Every path given and returned is absolute inside the tree."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root.resolve())
        # Below, a place is where something lies outside the tree, without a link on its way.
        self._seen: dict[bytes, os.stat_result | None] = {}
        self._links: dict[bytes, bytes | None] = {}
        self._folders: dict[str, bytes | None] = {}
        self._names: dict[str, list[str]] = {}

    def status(self, path: str) -> os.stat_result | None:
        """lstat(2): the last link is not followed; None if there is nothing."""
        place = self._resolve(path, follow=False)
        return self._lstat(place) if place is not None else None

    def end(self, path: str) -> os.stat_result | None:
        """stat(2): what following every link gives; None if that is nothing."""
        place = self._resolve(path, follow=True)
        return self._lstat(place) if place is not None else None

    def acl(self, path: str) -> bytes:
        """The attribute that holds the path's access ACL, links followed; empty without one."""
        place = self._resolve(path, follow=True)
        if place is None:
            return b""
        try:
            return os.getxattr(place, "system.posix_acl_access", follow_symlinks=False)
        except OSError:
            return b""

    def link_target(self, path: str) -> str | None:
        """Where a link points, as written; None if it is no link."""
        place = self._resolve(path, follow=False)
        target = self._read_link(place) if place is not None else None
        return os.fsdecode(target) if target else None

    def read(self, path: str, limit: int, never: frozenset[tuple[int, int]]) -> bytes | None:
        """A regular file's bytes through links; None if it is none, too long, or in `never`.

        `never` holds (device, inode) of files that must not be read under any name.
        """
        place = self._resolve(path, follow=True)
        if place is None:
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        status = self._lstat(place)
        # Opening a device can act on it: look first.
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        try:
            handle = os.open(place, flags)
        except OSError:
            return None
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in never:
                return None
            return _content(handle, status.st_size, limit)
        except OSError:
            return None
        finally:
            os.close(handle)

    def identity(self, path: str) -> tuple[int, int] | None:
        """Device and inode of what a path leads to."""
        status = self.end(path)
        return (status.st_dev, status.st_ino) if status else None

    def glob(self, pattern: str) -> list[str]:
        """Paths that exist under a shell glob, sorted."""
        return list(islice(self._expand("", _steps(pattern)), _FOUND))

    def names(self, path: str) -> list[str]:
        """What a directory holds, sorted; nothing if it cannot be read."""
        if path not in self._names:
            self._names[path] = self._listed(path)
        return self._names[path]

    def _listed(self, path: str) -> list[str]:
        place = self._resolve(path or "/", follow=True)
        try:
            names = os.listdir(place) if place is not None else []  # noqa: PTH208 - bytes
        except OSError:
            return []
        return sorted(os.fsdecode(name) for name in names)

    def _expand(self, base: str, steps: _Steps) -> Iterator[str]:
        plain, is_wanted = steps[0]
        base += plain
        if is_wanted is None:
            path = base or "/"
            if self.status(path) is not None:
                yield path
            return
        for name in self.names(base):
            if is_wanted(name):
                yield from self._expand(f"{base}/{name}", steps[1:])

    def _lstat(self, place: bytes) -> os.stat_result | None:
        if place not in self._seen:
            try:
                self._seen[place] = os.lstat(place)
            except (OSError, ValueError):
                self._seen[place] = None
        return self._seen[place]

    def _read_link(self, place: bytes) -> bytes | None:
        if place not in self._links:
            try:
                self._links[place] = os.readlink(place)  # noqa: PTH115 - bytes
            except OSError:
                self._links[place] = None
        return self._links[place]

    def _resolve(self, path: str, *, follow: bool) -> bytes | None:
        """Its place; absolute links start at the root, `..` stops there."""
        parent, _slash, name = path.rpartition("/")
        if name in ("", ".", ".."):
            return self._step_by_step(path, follow=follow)
        folder = self._folder(parent)
        if folder is None:
            return None
        place = folder + b"/" + os.fsencode(name)
        status = self._lstat(place)
        if status is None:
            return None
        if follow and stat.S_ISLNK(status.st_mode):
            return self._step_by_step(path, follow=True)
        return place

    def _folder(self, path: str) -> bytes | None:
        """A directory's place; most paths share theirs with many others."""
        if path not in self._folders:
            place = self._step_by_step(path, follow=True)
            status = self._lstat(place) if place is not None else None
            is_folder = status is not None and stat.S_ISDIR(status.st_mode)
            self._folders[path] = place if is_folder else None
        return self._folders[path]

    def _step_by_step(self, path: str, *, follow: bool) -> bytes | None:
        waiting = os.fsencode(path).split(b"/")[::-1]
        place, depth, hops = self._root, 0, 0
        while waiting:
            part = waiting.pop()
            if part in (b"", b"."):
                continue
            if part == b"..":
                place, depth = (place.rpartition(b"/")[0], depth - 1) if depth else (place, 0)
                continue
            there = place + b"/" + part
            status = self._lstat(there)
            if status is None:
                return None
            last = not any(waiting)
            if stat.S_ISLNK(status.st_mode) and (follow or not last):
                hops += 1
                target = self._read_link(there)
                if hops > _HOPS or target is None:
                    return None
                if target.startswith(b"/"):
                    place, depth = self._root, 0
                waiting += target.split(b"/")[::-1]
                continue
            if not last and not stat.S_ISDIR(status.st_mode):
                return None
            place, depth = there, depth + 1
        return place


@lru_cache(maxsize=4096)
def _steps(pattern: str) -> _Steps:
    """A glob taken apart: every tree is asked for the same ones."""
    steps: list[tuple[str, _Matches | None]] = []
    plain = ""
    for part in pattern.split("/"):
        if _WILD & set(part):
            steps.append((plain, _matcher(part)))
            plain = ""
        elif part:
            plain += f"/{part}"
    return (*steps, (plain, None))


def _matcher(part: str) -> _Matches:
    """True for names that the shell would take: those with a dot only where one is written."""
    matches = re.compile(translate(part)).match
    if part[0] == ".":
        return lambda name: matches(name) is not None
    if part == "*":
        return lambda name: name[0] != "."
    return lambda name: name[0] != "." and matches(name) is not None


def _content(handle: int, size: int, limit: int) -> bytes | None:
    """All that a file gives; None if that is more than the limit. `size` is what it says itself:
    one that grows, or is the kernel's, gives more."""
    parts: list[bytes] = []
    room, step = limit + 1, max(size + 1, _STEP)
    while room and (part := os.read(handle, min(step, room))):
        parts.append(part)
        room -= len(part)
    return b"".join(parts) if room else None
