"""The same Raw from a tree of files: an image, a backup, a chroot."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.collecting import Wanted
from scanners.host.facts.paths import PRUNED, names
from scanners.host.model import TREE_CONTENT_LIMIT, File, Output, Raw
from scanners.host.reading import glob_matches
from scanners.host.reductions import FORBIDDEN
from scanners.host.rooted import Rooted

_ROUNDS = 4
_ENTRIES = 5_000_000
_SECONDS = 300.0


def collect_tree(root: Path, wanted: Wanted) -> Raw:
    """Read what is wanted below `root`, which stands for `/`; nothing outside it is ever read.

    Raises TargetError if `root` is no directory that can be read.
    """
    try:
        empty = not any(root.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetError(_("{path} cannot be read: {reason}", path=root, reason=reason)) from error
    if empty:
        raise TargetError(_("{path} is empty", path=root))
    collector = _Collector(Rooted(root))
    collector.take(wanted)
    raw = Raw(collector.files, {}, False, tuple(collector.asked), wanted.texts)
    if any(command.name == "walk" for command in wanted.commands):
        raw = Raw(raw.files, {"walk": walk(root, raw)}, False, raw.asked, raw.texts)
    return raw


class _Collector:
    """Files found so far."""

    def __init__(self, tree: Rooted) -> None:
        self.files: dict[str, File] = {}
        self.asked: dict[str, None] = {}
        self._tree = tree
        identities = (tree.identity(path) for path in FORBIDDEN)
        self._never = frozenset(identity for identity in identities if identity)

    def take(self, wanted: Wanted) -> None:
        self.asked |= dict.fromkeys(wanted.asked)
        for one in wanted.reduced:
            for path in self._tree.glob(one.path):
                content = self._tree.read(path, TREE_CONTENT_LIMIT, frozenset())
                self._add(path, None if content is None else one.reduce(content))
        for glob in wanted.files:
            self._contents(glob)
        for glob in wanted.stats:
            for path in self._tree.glob(glob):
                self._add(path, None)
        self._follow(wanted)

    def _contents(self, glob: str) -> None:
        for path in self._tree.glob(glob):
            if path not in self.files or self.files[path].content is None:
                self._add(path, self._tree.read(path, TREE_CONTENT_LIMIT, self._never))

    def _follow(self, wanted: Wanted) -> None:
        for follow in wanted.follows:
            fresh = [file for glob in follow.within for file in self._matching(glob)]
            for _round in range(_ROUNDS):
                found = {name for file in fresh for name in follow.names(file.content or b"")}
                globs = [follow.glob(name) for name in sorted(found)]
                new = [glob for glob in globs if glob not in self.asked]
                if not new:
                    break
                self.asked |= dict.fromkeys(new)
                for glob in new:
                    if follow.contents:
                        self._contents(glob)
                    else:
                        self._plain(glob)
                fresh = [file for glob in new for file in self._matching(glob)]
                if not follow.contents:
                    break

    def _plain(self, glob: str) -> None:
        for path in self._tree.glob(glob):
            self._add(path, None)

    def _matching(self, glob: str) -> list[File]:
        return [file for path, file in self.files.items() if glob_matches(glob, path)]

    def _add(self, path: str, content: bytes | None) -> None:
        status = self._tree.status(path)
        if status is None or (content is None and path in self.files):
            return
        self.files[path] = File(
            path,
            _kind(status.st_mode),
            stat.S_IMODE(status.st_mode),
            status.st_uid,
            status.st_gid,
            status.st_size,
            self._tree.link_target(path),
            content,
        )


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"


def walk(root: Path, raw: Raw) -> Output:
    """One walk of the tree in the format of the live walk (see `facts/paths.py`)."""
    users, groups = names(raw, "/etc/passwd"), names(raw, "/etc/group")
    known = (users if isinstance(users, dict) else {}, groups if isinstance(groups, dict) else {})
    started, records, errors = time.monotonic(), bytearray(), []
    truncated = False
    for count, (path, status, error) in enumerate(_entries(os.fsencode(root.resolve()))):
        if error:
            errors.append(error)
        if status is not None:
            records += _records(path, status, *known)
        if count >= _ENTRIES or time.monotonic() - started > _SECONDS:
            truncated = True
            break
    stderr = "\n".join(errors[:100]).encode("utf-8", "replace")
    seconds = time.monotonic() - started
    return Output("walk", bytes(records), stderr, 1 if errors else 0, seconds, truncated)


def _entries(root: bytes) -> Iterator[tuple[bytes, os.stat_result | None, str]]:
    """Files and directories of the root's own file system, without following links."""
    device = os.lstat(root).st_dev
    pruned = {os.fsencode(path) for path in PRUNED}
    waiting = [b"/"]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root + folder) as found:
                listed = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield folder, None, f"{os.fsdecode(folder)}: {error.strerror}"
            continue
        for entry in listed:
            path = folder.rstrip(b"/") + b"/" + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield path, None, f"{os.fsdecode(path)}: {error.strerror}"
                continue
            if path in pruned or status.st_dev != device:
                continue
            yield path, status, ""
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)


def _records(
    path: bytes, status: os.stat_result, users: dict[int, str], groups: dict[int, str]
) -> bytes:
    mode = status.st_mode
    kind = b"d" if stat.S_ISDIR(mode) else b"f" if stat.S_ISREG(mode) else b""
    if not kind:
        return b""
    rest = b" %s %o %s\0" % (kind, stat.S_IMODE(mode), path)
    found = b""
    if (status.st_uid and status.st_uid not in users) or (
        status.st_gid and status.st_gid not in groups
    ):
        found += b"u" + rest
    if mode & 0o6002:
        found += b"p" + rest
    return found
