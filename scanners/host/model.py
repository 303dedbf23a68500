"""What a scan of one host is made of: raw output, facts parsed from it, and the reason where none.

A fact is a frozen dataclass in `facts/<name>.py` together with a `Source` that says which files and
commands it needs and a pure parser. A running host gives files and command output in one round
trip; a tree of files (an image, a backup) gives files alone, and then what only a command can tell
is `Missing` with that reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from govctl.texts import Message

T = TypeVar("T")


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
    """None for what is no regular file, is over the limit, or was not asked for."""


@dataclass(frozen=True)
class Raw:
    """Everything one visit brought back."""

    files: Mapping[str, File]
    """By absolute path; a path that was asked for and is not here does not exist."""
    outputs: Mapping[str, Output]
    """By the command's name; empty for a tree of files."""
    live: bool
    """True for a running host, False for a tree of files."""


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
