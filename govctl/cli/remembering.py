"""Remembers that an estate was valid, with the state of all that this was made of.

What is read is seen by an audit hook (PEP 578) and not by a list of files that somebody keeps: what
a later reader opens is seen too.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Collection, Iterator

from govctl import caches
from govctl.cli.inputs import Unsure, names_in, state_of
from govctl.cli.unchanged import LONGEST_NS, is_private, sealed

MOST = 32
"""Memos that are kept, the newest ones."""
BLUR_NS = 2 * 10**9
"""How much earlier than the clock a file system may say that something changed: on FAT 2 s."""
PACKAGES = ("govctl", "playbooks", "policies", "scanners", "stacks")
_BEYOND_FILES = (
    "subprocess.",
    "socket.connect",
    "sqlite3.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
)
_LISTS = ("os.listdir", "os.scandir")
_WRITES = os.O_WRONLY | os.O_RDWR


class _Watch:
    """What this process opens and lists, from now on."""

    def __init__(self, memo: str) -> None:
        self.memo = memo
        self.since = time.time_ns()
        self.opened: set[str] = set()
        self.listed: set[str] = set()
        self.is_sure = True

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, str | bytes) and not (isinstance(flags, int) and flags & _WRITES):
                self.opened.add(os.path.abspath(os.fsdecode(path)))
        elif event in _LISTS and isinstance(arguments[0], str | bytes):
            self.listed.add(os.path.abspath(os.fsdecode(arguments[0])))
        elif event.startswith(_BEYOND_FILES):
            self.is_sure = False


_watch: _Watch | None = None


def watch(memo: str) -> None:
    """Note from now on what is read, so that the answer can be kept as this memo."""
    global _watch  # noqa: PLW0603 - a hook is the whole process's, and cannot be taken back
    _watch = _Watch(memo)
    sys.addaudithook(_watch)


def keep(folder: str, said: str) -> None:
    """Remember what was said of the estate in this folder, if this run is one that is remembered.

    A memo that cannot be written, or would not tell all that the answer rests on, is none.
    """
    if _watch is None or not _watch.is_sure:
        return
    watched, home = _watch, os.path.abspath(folder)
    try:
        files, code = sorted(_files(watched, home)), sorted(set(_code()))
        state = state_of(home, files, code)
        # Asked last: what changed while the estate was read, or while this was, is younger.
        if not _is_settled((*files, *code, *_folders(home)), watched.since - BLUR_NS):
            return
        known = {"folder": home, "files": files, "code": code, "state": state, "said": said}
        _write(watched.memo, sealed({**known, "made": time.time_ns()}))
    except (OSError, Unsure):
        return


def _files(watched: _Watch, home: str) -> Iterator[str]:
    """What was read beside code; Unsure if a folder was listed whose names are not kept."""
    pythons = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    stamped = tuple(f"{folder}/" for folder in (*_packages(), *pythons))
    for folder in watched.listed.difference(map(os.path.abspath, sys.path)):
        if not f"{folder}/".startswith((f"{home}/", *stamped)):
            raise Unsure(folder)
    for path in watched.opened:
        if path.startswith(f"{home}/"):
            yield path
        elif not path.startswith((*stamped, f"{caches.folder()}/")):
            if not os.path.exists(path):  # perhaps it was there when it was read
                raise Unsure(path)
            yield path


def _code() -> Iterator[str]:
    """Every module that is loaded, where a new one would be found, and all of govctl's packages."""
    yield from filter(os.path.exists, map(os.path.abspath, sys.path))
    for module in tuple(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str):
            yield os.path.abspath(path)
    yield os.path.realpath(sys.executable)
    for package in _packages():
        for folder, folders, names in os.walk(package):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield folder
            yield from (f"{folder}/{name}" for name in names)


def _packages() -> tuple[str, ...]:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return tuple(f"{root}/{name}" for name in PACKAGES)


def _folders(home: str) -> Iterator[str]:
    yield home
    yield from (home + name for name, is_folder in names_in(home) if is_folder)


def _is_settled(paths: Collection[str], moment: int) -> bool:
    """True if nothing changed since a moment; what is not there did not."""
    for path in paths:
        try:
            if os.stat(path).st_ctime_ns >= moment:
                return False
        except FileNotFoundError:
            continue
    return True


def _write(memo: str, content: bytes) -> None:
    folder = os.path.dirname(memo)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not is_private(folder):
            return
    beside = f"{memo}.{os.getpid()}"
    # No fsync: a memo that a crash cut off fits its seal no more, and is none.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.replace(beside, memo)
    _sweep(folder)


def _sweep(folder: str) -> None:
    """Leave the newest memos, and no old one; what a killed run left half-written ages too."""
    with os.scandir(folder) as found:
        files = [(entry.stat(follow_symlinks=False), entry.path) for entry in found]
    oldest = time.time_ns() - LONGEST_NS
    files = [one for one in files if stat.S_ISREG(one[0].st_mode)]
    files.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
    for place, (known, path) in enumerate(files):
        if place >= MOST or known.st_mtime_ns < oldest:
            os.unlink(path)
