"""What a scan of one host is made of: raw output, facts parsed from it, and the reason where none.

A fact is a frozen dataclass in `facts/<name>.py` together with a `Source` that says which files and
commands it needs and a pure parser. A running host gives files and command output in one round
trip; a tree of files (an image, a backup) gives files alone, and then what only a command can tell
is `Missing` with that reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from govctl.texts import Message
from scanners.host.folders import Folders, by_folder

T = TypeVar("T")

CONTENT_LIMIT = 1 << 18
"""Bytes of one file on a running host; more than that is not read."""
FRAME_LIMIT = 1 << 22
"""Bytes of one piece of the probe's answer about files."""
REDUCED_LIMIT = 1 << 23
"""Bytes that all reductions together leave of files."""
TREE_CONTENT_LIMIT = 1 << 23
"""The same for a tree of files, where dpkg's status stands in for dpkg-query."""


@dataclass(frozen=True)
class Missing:
    """There is no value, and this is why; it becomes `not-evaluated`, never `pass`."""

    reason: Message


@dataclass(frozen=True)
class Command:
    """A command for `sh -c` on the host; run niced, as root, with the locale C."""

    name: str
    line: str
    timeout: int = 20
    """Seconds."""
    limit: int = 1 << 20
    """Bytes of standard output kept; more than that makes the fact Missing."""


@dataclass(frozen=True)
class Output:
    """What a command gave, as it came."""

    line: str
    stdout: bytes
    stderr: bytes
    status: int
    """The exit status; 124 after a time-out (timeout(1))."""
    seconds: float
    truncated: bool = False


class Standing(NamedTuple):
    """What a symbolic link leads to in the end."""

    kind: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True)
class File:
    """What stands at one path, without following the last symbolic link."""

    path: str
    kind: str
    """`file`, `directory`, `link`, `other`."""
    mode: int
    """Permission bits, e.g. 0o640."""
    uid: int
    gid: int
    size: int
    target: str | None = None
    """Where a link points, as written."""
    content: bytes | None = None
    """What reading this path gives, through links; None for what is no regular file, cannot be
    read, is over `CONTENT_LIMIT`, holds secrets, or was not asked for."""
    leads_to: Standing | None = None
    """For a link: what following it gives; None if that is not there or is not known."""
    acl: tuple[str, ...] = ()
    """What acl(5) gives beyond the mode, the mask taken off: `user:1000:r--`; a single `?` if
    there is such a list and nobody could read it."""


@dataclass(frozen=True)
class Raw:
    """Everything one visit brought back."""

    files: Mapping[str, File]
    """By absolute path; a path that was asked for and is not here does not exist."""
    outputs: Mapping[str, Output]
    """By the command's name; a tree of files has only `walk`, which is computed from it."""
    live: bool
    """True for a running host, False for a tree of files."""
    asked: tuple[str, ...] = ()
    """The globs of every path that was looked for: only their absence says something."""
    texts: tuple[str, ...] = ()
    """Those globs whose files are judged by their text (see `facts/text_files.py`)."""
    gap: Message | None = None
    """Why files may be lacking although they exist; then no fact may rest on files."""

    @cached_property
    def folders(self) -> Folders:
        """The paths of `files` by the folder they lie in: globs are asked of them often."""
        return by_folder(self.files)


@dataclass(frozen=True)
class Reduced:
    """A glob of files that hold secrets: only what the two programs leave of them leaves the host.

    The two must agree byte by byte; the tests hold them together.
    """

    path: str
    sed: str
    """A program for `sed -E`, run on the host."""
    reduce: Callable[[bytes], bytes]
    """The same for a tree of files."""
    live: bool = True
    """False if only a tree of files is read for it."""


@dataclass(frozen=True)
class Follow:
    """Paths that files name (includes, home directories), asked for in the same visit."""

    within: tuple[str, ...]
    """Globs of the files that name them."""
    sed: str
    """A program for `sed -nE` that prints the names as globs, one a line."""
    names: Callable[[bytes], tuple[str, ...]]
    """The same for a tree of files."""
    base: str = "/"
    """Where names without a leading slash start."""
    suffix: str = ""
    """What follows each name: `/*` for the files of a directory."""
    contents: bool = True
    """False if only kind, mode, owner and size are wanted; then names are not followed further."""
    reduced: bool = False
    """True for contents that may hold credentials: they leave the host without them."""

    def glob(self, name: str) -> str:
        """The absolute glob that a name stands for."""
        whole = name if name.startswith("/") else f"{self.base}/{name}"
        return (whole.rstrip("/") + self.suffix) if self.suffix else whole


@dataclass(frozen=True)
class Source(Generic[T]):
    """Where a fact comes from and how it is read."""

    fact: type[T]
    parse: Callable[[Raw], T | Missing]
    """Pure, and total: garbage gives Missing, never an exception."""
    files: tuple[str, ...] = ()
    """Shell globs of files whose contents are wanted."""
    stats: tuple[str, ...] = ()
    """Shell globs of paths of which only kind, mode, owner and size are wanted."""
    commands: tuple[Command, ...] = ()
    tree_files: tuple[str, ...] = ()
    """As `files`, for a tree alone: what a command answers on a running host."""
    reduced: tuple[Reduced, ...] = ()
    follows: tuple[Follow, ...] = ()

    @property
    def needs_files(self) -> bool:
        """True if a gap in the files makes this fact Missing."""
        return bool(self.files or self.stats or self.tree_files or self.reduced or self.follows)


@dataclass(frozen=True)
class Taken:
    """When the facts were collected, by the clock of the machine that collected them."""

    seconds: int
    """Since 1970, UTC."""


@dataclass(frozen=True)
class HostFacts:
    """The facts of one host at one time."""

    target: str
    taken_at: str
    """UTC, ISO 8601."""
    values: Mapping[type[object], object] = field(repr=False)
    """By fact type: an instance of it, or Missing."""
    raw: Raw = field(repr=False)

    def get(self, fact: type[T]) -> T | Missing:
        """The fact, or why there is none."""
        value = self.values.get(fact)
        if value is None:
            return Missing(Message("this fact was not collected"))
        if isinstance(value, (fact, Missing)):
            return value
        raise TypeError(f"{fact.__name__} holds {type(value).__name__}")
