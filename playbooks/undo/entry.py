"""One path as it is: its kind, owner, mode, attributes and content; and put back as it was."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 4 << 20
"""Bytes of a file whose content is kept. Nothing that is configured by hand is larger."""
LARGE = "large "
"""Stands where the digest of a larger one would: its size and time of change follow."""
_NONE = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENODATA, errno.EPERM, errno.EACCES)


@dataclass(frozen=True)
class Entry:
    """What lstat(2) and, where content is kept, the file itself say of a path."""

    kind: str
    """`file`, `dir`, `link` or `other`."""
    mode: int
    uid: int
    gid: int
    content: str | None = None
    """SHA-256 of a file, target of a link; None where only owner and mode are kept."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Extended attributes, which is where ACLs and labels are: name and base64."""
    stamp: tuple[int, ...] = field(default=(), compare=False)
    """Changes with every change of the inode: what has the same is not read again."""

    def plain(self) -> list[Any]:
        """As JSON has it."""
        return [self.kind, self.mode, self.uid, self.gid, self.content,
                [list(pair) for pair in self.attributes], list(self.stamp)]  # fmt: skip


def entry_of(plain: list[Any] | None) -> Entry | None:
    """An entry read again; None for a path that was not there."""
    if plain is None:
        return None
    kind, mode, uid, gid, content, attributes, stamp = plain
    pairs = tuple((name, value) for name, value in attributes)
    return Entry(kind, mode, uid, gid, content, pairs, tuple(stamp))


def look(path: str, content: bool, known: Entry | None = None) -> Entry | None:
    """A path as it is now, or None. `known`: an earlier look, trusted if its stamp still holds."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    mode = stat.S_IMODE(found.st_mode)
    kind = _kind(found.st_mode)
    if not content:
        return Entry(kind, mode, found.st_uid, found.st_gid)
    stamp = (found.st_ctime_ns, found.st_ino, found.st_size, found.st_mtime_ns)
    if known is not None and known.stamp == stamp:
        return known
    said: str | None = None
    if kind == "file":
        said = _digest(path, found)
    elif kind == "link":
        said = str(Path(path).readlink())
    return Entry(kind, mode, found.st_uid, found.st_gid, said, _attributes(path), stamp)


def is_large(entry: Entry) -> bool:
    """True if a file's content is not kept because of its size."""
    return entry.kind == "file" and (entry.content or "").startswith(LARGE)


def put_back(path: str, entry: Entry | None, read: Callable[[str], bytes]) -> None:
    """Make a path what it was; files and links appear by a rename, never half-written.

    `read` gives the kept content of a digest. Raises OSError; then the path is as it was found.
    """
    if entry is None:
        _remove(path)
    elif entry.kind == "dir":
        Path(path).mkdir(mode=entry.mode, parents=True, exist_ok=True)
        _own(path, entry)
    elif entry.content is None or is_large(entry) or entry.kind == "other":
        _own(path, entry)
    else:
        _replace(path, entry, read)


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file that is there whole or not at all, also after a power cut."""
    handle, name = tempfile.mkstemp(prefix=".govctl-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _replace(path: str, entry: Entry, read: Callable[[str], bytes]) -> None:
    parent = Path(path).parent
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".govctl-", dir=parent))
    try:
        made = folder / "new"
        if entry.kind == "link":
            made.symlink_to(entry.content or "")
        else:
            write_whole(made, read(entry.content or ""))
        _own(str(made), entry)
        if Path(path).is_dir() and not Path(path).is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        made.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(path: str, entry: Entry) -> None:
    os.chown(path, entry.uid, entry.gid, follow_symlinks=False)
    if entry.kind == "link":
        return
    if entry.content is not None or entry.kind == "dir":
        now = dict(_attributes(path))
        kept = dict(entry.attributes)
        for name in now.keys() - kept.keys():
            os.removexattr(path, name, follow_symlinks=False)
        for name, value in kept.items():
            if now.get(name) != value:
                os.setxattr(path, name, base64.b64decode(value), follow_symlinks=False)
    Path(path).chmod(entry.mode)  # last: chown takes setuid bits away, an ACL's mask is the mode


def _remove(path: str) -> None:
    if Path(path).is_dir() and not Path(path).is_symlink():
        Path(path).rmdir()
    else:
        Path(path).unlink()


def _kind(mode: int) -> str:
    for test, word in ((stat.S_ISREG, "file"), (stat.S_ISDIR, "dir"), (stat.S_ISLNK, "link")):
        if test(mode):
            return word
    return "other"


def _digest(path: str, found: os.stat_result) -> str:
    if found.st_size > LARGEST:
        return f"{LARGE}{found.st_size} {found.st_mtime_ns}"
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _attributes(path: str) -> tuple[tuple[str, str], ...]:
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError as error:
        if error.errno in _NONE:
            return ()
        raise
    pairs = []
    for name in names:
        with suppress(OSError):
            value = os.getxattr(path, name, follow_symlinks=False)
            pairs.append((name, base64.b64encode(value).decode()))
    return tuple(pairs)
