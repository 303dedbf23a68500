"""Private folders for programs that run for us: gone when they end, swept if we were killed.

They lie together in one folder of the account, outside any estate: names of sockets must be short
(unix(7): 108 bytes), and whoever hardens a host has no estate.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govctl.errors import MissingPrerequisite
from govctl.texts import _

_LOCK = "lock"


@contextmanager
def run_folder(kind: str) -> Iterator[Path]:
    """A new folder that only its owner reads; what killed runs left is removed first.

    Programs that were started with a path in the folder, and live yet at its end, are ended.
    Raises MissingPrerequisite if somebody else has made the folder that they lie in.
    """
    base = _base()
    with _locked(base / _LOCK):
        _sweep(base)
        folder = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=base))
        held = _hold(folder / _LOCK)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(held)


def _base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    parent = Path(runtime) if runtime and os.access(runtime, os.W_OK) else tempfile.gettempdir()
    path = Path(parent) / f"govctl-{os.geteuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise MissingPrerequisite(
            _("{path} is not a folder of this account alone", path=path),
            hint=_("find out who made it, and remove it"),
        )
    return path


def _sweep(base: Path) -> None:
    """Remove folders whose owner lives no more: the kernel has released its lock."""
    for left in base.iterdir():
        if left.is_dir():
            try:
                held = _hold(left / _LOCK)
            except OSError:  # somebody is at work there
                continue
            _remove(left)
            os.close(held)


def _remove(folder: Path) -> None:
    """End what works in it, such as ssh(1) that keeps a connection for later; then remove it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is not ours
            is_ours = process.stat().st_uid == os.geteuid()
            if is_ours and bytes(folder) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGTERM)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hold(path: Path) -> int:
    """Lock a file, until it is closed or this process ends; OSError if another holds it."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
