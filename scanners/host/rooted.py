"""Paths inside a folder that stands for `/`: links are followed by hand, never out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

_HOPS = 40
"""Symbolic links on one way; the kernel gives up at the same number."""
_FOUND = 20_000
"""Paths of one glob."""
_WILD = frozenset("*?[")


class Rooted:
    """A tree of files. Every path given and returned is absolute inside the tree."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root.resolve())
        self._seen: dict[bytes, os.stat_result | None] = {}

    def status(self, path: str) -> os.stat_result | None:
        """lstat(2): the last link is not followed; None if there is nothing."""
        real = self._resolve(path, follow=False)
        return self._lstat(real) if real is not None else None

    def end(self, path: str) -> os.stat_result | None:
        """stat(2): what following every link gives; None if that is nothing."""
        real = self._resolve(path, follow=True)
        return self._lstat(real) if real is not None else None

    def acl(self, path: str) -> bytes:
        """The attribute that holds the path's access ACL, links followed; empty without one."""
        real = self._resolve(path, follow=True)
        if real is None:
            return b""
        try:
            return os.getxattr(
                self._outside(real), "system.posix_acl_access", follow_symlinks=False
            )
        except OSError:
            return b""

    def link_target(self, path: str) -> str | None:
        """Where a link points, as written; None if it is no link."""
        real = self._resolve(path, follow=False)
        target = self._read_link(real) if real is not None else None
        return os.fsdecode(target) if target else None

    def read(self, path: str, limit: int, never: frozenset[tuple[int, int]]) -> bytes | None:
        """A regular file's bytes through links; None if it is none, too long, or in `never`.

        `never` holds (device, inode) of files that must not be read under any name.
        """
        real = self._resolve(path, follow=True)
        if real is None:
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        status = self._lstat(real)
        # Opening a device can act on it: look first.
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        try:
            handle = os.open(self._outside(real), flags)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in never:
                return None
            try:
                content = file.read(limit + 1)
            except OSError:
                return None
        return content if len(content) <= limit else None

    def identity(self, path: str) -> tuple[int, int] | None:
        """Device and inode of what a path leads to."""
        real = self._resolve(path, follow=True)
        status = self._lstat(real) if real is not None else None
        return (status.st_dev, status.st_ino) if status else None

    def glob(self, pattern: str) -> list[str]:
        """Paths that exist under a shell glob, sorted."""
        parts = [part for part in pattern.split("/") if part]
        found: list[str] = []
        for path in self._expand("", parts):
            found.append(path)
            if len(found) >= _FOUND:
                break
        return found

    def names(self, path: str) -> list[str]:
        """What a directory holds, sorted; nothing if it cannot be read."""
        real = self._resolve(path or "/", follow=True)
        try:
            names = os.listdir(self._outside(real)) if real is not None else []  # noqa: PTH208 - bytes
        except OSError:
            return []
        return sorted(os.fsdecode(name) for name in names)

    def _expand(self, base: str, parts: list[str]) -> Iterator[str]:
        if not parts:
            path = base or "/"
            if self.status(path) is not None:
                yield path
            return
        first, rest = parts[0], parts[1:]
        if not _WILD & set(first):
            yield from self._expand(f"{base}/{first}", rest)
            return
        for name in self.names(base):
            if fnmatchcase(name, first) and (name[0] != "." or first[0] == "."):
                yield from self._expand(f"{base}/{name}", rest)

    def _outside(self, real: list[bytes]) -> bytes:
        return b"/".join([self._root, *real])

    def _lstat(self, real: list[bytes]) -> os.stat_result | None:
        place = self._outside(real)
        if place not in self._seen:
            try:
                self._seen[place] = os.lstat(place)
            except (OSError, ValueError):
                self._seen[place] = None
        return self._seen[place]

    def _resolve(self, path: str, *, follow: bool) -> list[bytes] | None:
        """Parts of the path without links; absolute links start at the root, `..` stops there."""
        waiting = os.fsencode(path).split(b"/")[::-1]
        done: list[bytes] = []
        hops = 0
        while waiting:
            part = waiting.pop()
            if part in (b"", b"."):
                continue
            if part == b"..":
                done = done[:-1]
                continue
            status = self._lstat([*done, part])
            if status is None:
                return None
            last = not any(waiting)
            if stat.S_ISLNK(status.st_mode) and (follow or not last):
                hops += 1
                target = self._read_link([*done, part])
                if hops > _HOPS or target is None:
                    return None
                done = [] if target.startswith(b"/") else done
                waiting += target.split(b"/")[::-1]
                continue
            if not last and not stat.S_ISDIR(status.st_mode):
                return None
            done.append(part)
        return done

    def _read_link(self, real: list[bytes]) -> bytes | None:
        try:
            return os.readlink(self._outside(real))  # noqa: PTH115 - bytes
        except OSError:
            return None
