"""Files written whole or not at all: a reader, or a crash, sees the old text or the new."""

from __future__ import annotations

import errno
import os
import pwd
import tempfile
from pathlib import Path

from govctl.errors import MissingPrerequisite
from govctl.texts import _

PUBLIC = 0o644
PRIVATE = 0o600

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says where there is no room left."""
_STREAMS = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
"""Where `/dev/null` and `/dev/stdout` are: to put a file in their place breaks the machine."""


def is_stream(path: Path) -> bool:
    """True for a device, a pipe or a stream of this process: nothing that can be replaced."""
    if path.parent in _STREAMS:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def write_whole(path: Path, content: str, mode: int = PUBLIC) -> None:
    """Replace a file in one step, with this mode; after an OSError it is as it was."""
    write_bytes_whole(path, content.encode("utf-8"), mode)


def write_bytes_whole(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """The same for what is no text. A device or a pipe is written to and stays what it is."""
    if is_stream(path):
        path.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def no_room(path: Path) -> MissingPrerequisite:
    """What to say where the disk has no room for a file."""
    return MissingPrerequisite(
        _("the disk is full: {path} cannot be written", path=path),
        hint=_("free some space, then run the same command again"),
    )


def not_permitted(error: OSError) -> MissingPrerequisite:
    """What to say of a file that this account may not read or write: whose it is."""
    path = Path(error.filename or "?")
    seen = next((one for one in (path, *path.parents) if os.access(one, os.F_OK)), None)
    owner = None if seen is None else seen.stat().st_uid
    return MissingPrerequisite(
        _("{path}: {reason}", path=path, reason=error.strerror),
        hint=None if owner in (None, os.getuid()) else _(
            "{path} belongs to {owner}: run the command as that account (sudo -u {owner} …)",
            path=seen, owner=_name_of(owner),
        ),
    )  # fmt: skip


def _name_of(owner: int) -> str:
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"#{owner}"


def write_private(path: Path, content: str) -> None:
    """The same for a file that only its owner reads."""
    write_whole(path, content, PRIVATE)
