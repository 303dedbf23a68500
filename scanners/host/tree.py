"""The same Raw from a tree of files: an image, a backup, a chroot."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.acl import stored
from scanners.host.collecting import Wanted
from scanners.host.model import TREE_CONTENT_LIMIT, File, Raw, Standing
from scanners.host.reading import expand
from scanners.host.reductions import FORBIDDEN, without_credentials
from scanners.host.rooted import Rooted
from scanners.host.tree_walk import walk

_ROUNDS = 4


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
        self._read: set[str] = set()
        self._tree = tree
        self._folders: dict[str, list[str]] = {}
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

    def _contents(self, glob: str, reduce: Callable[[bytes], bytes] | None = None) -> None:
        for path in self._tree.glob(glob):
            if path not in self.files or self.files[path].content is None:
                content = self._tree.read(path, TREE_CONTENT_LIMIT, self._never)
                self._add(path, reduce(content) if reduce and content is not None else content)

    def _follow(self, wanted: Wanted) -> None:
        for follow in wanted.follows:
            fresh = self._matching(follow.within)
            for _round in range(_ROUNDS):
                found = {name for file in fresh for name in follow.names(file.content or b"")}
                globs = [follow.glob(name) for name in sorted(found)]
                done = self._read if follow.contents else self.asked
                new = [glob for glob in globs if glob not in done]
                if not new:
                    break
                self.asked |= dict.fromkeys(new)
                for glob in new:
                    if follow.contents:
                        self._read.add(glob)
                        self._contents(glob, without_credentials if follow.reduced else None)
                    else:
                        self._plain(glob)
                fresh = self._matching(new)
                if not follow.contents:
                    break

    def _plain(self, glob: str) -> None:
        for path in self._tree.glob(glob):
            self._add(path, None)

    def _matching(self, globs: Iterable[str]) -> list[File]:
        return [self.files[path] for glob in globs for path in expand(self._folders, glob)]

    def _add(self, path: str, content: bytes | None) -> None:
        status = self._tree.status(path)
        if status is None or (content is None and path in self.files):
            return
        is_link = stat.S_ISLNK(status.st_mode)
        here = _standing(status)
        end = self._end(path) if is_link else here
        # The group's bits are the list's mask: where everybody has as much, it adds nothing.
        may_add = end is not None and end.mode >> 3 & ~end.mode & 0o7
        if path not in self.files:
            folder, _slash, name = path.rpartition("/")
            self._folders.setdefault(folder, []).append(name)
        self.files[path] = File(
            path,
            *here,
            status.st_size,
            self._tree.link_target(path) if is_link else None,
            content,
            end if is_link else None,
            stored(self._tree.acl(path)) if may_add else (),
        )

    def _end(self, path: str) -> Standing | None:
        status = self._tree.end(path)
        return _standing(status) if status else None


def _standing(status: os.stat_result) -> Standing:
    mode = status.st_mode
    return Standing(_kind(mode), stat.S_IMODE(mode), status.st_uid, status.st_gid)


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"
