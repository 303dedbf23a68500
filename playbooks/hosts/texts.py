"""Small files of settings: read, and replaced in one step."""

from __future__ import annotations

import difflib
import errno
import os
import stat
import sys
from collections.abc import Callable

from playbooks.hosts.rights import refuse

_NEW = ".govctl-new"
_SHOWN = 400
"""Lines of one diff."""


def read(path: str) -> str:
    """The text of a file, with bytes that are no UTF-8 kept; empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def replace(path: str, text: str, mode: int = 0o644, *, follow: bool = True) -> None:
    """Give a file this text in one step; one that is new gets `mode` and belongs to root.

    A link is followed, so that it stays one, or else (`follow`) its place is taken. Owner and mode
    of what is there stay. OSError if it cannot be replaced (immutable, mounted, read-only, the disk
    full, or a link to what is no file, such as /dev/null); then all is as it was.
    """
    target = os.path.realpath(path) if follow else path
    if follow and os.path.exists(target) and not os.path.isfile(target):
        raise OSError(errno.EINVAL, f"is no file but leads to {target}", path)
    new = target + _NEW
    if os.path.lexists(new):
        os.unlink(new)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    handle = os.open(new, flags, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
            file.flush()
            if os.path.isfile(target):
                found = os.stat(target)
                os.fchown(handle, found.st_uid, found.st_gid)
                mode = stat.S_IMODE(found.st_mode)
            os.fchmod(handle, mode)
            os.fsync(handle)
        os.rename(new, target)
    except BaseException:
        os.unlink(new)
        raise


def settle_text(path: str, change: Callable[[str], str], *, dry: bool, mode: int = 0o644) -> bool:
    """Give a file the text that `change` makes of it, if that differs, and say so.

    One that refuses is noted, and False.
    """
    before = read(path)
    after = change(before)
    if after == before:
        return False
    try:
        if not dry:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            replace(path, after, mode)
    except OSError as error:
        refuse(path, error)
        return False
    tell(path, before, after)
    return True


def tell(path: str, before: str, after: str) -> None:
    """Say that a file changes: its name, and the lines of a unified diff behind `| `."""
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="")
    shown = [f"changed: {path}", *(f"| {line}" for line in list(lines)[2:_SHOWN])]
    text = "".join(f"{line}\n" for line in shown)
    sys.stdout.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _lines(text: str) -> list[str]:
    """Parted at line ends alone, as diff(1) does."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def with_key(text: str, section: str, key: str, value: str) -> str:
    """An ini text (systemd's form) in which this key of a section has this value, and once."""
    lines, inside, placed = [], False, False
    for line in text.splitlines():
        head = line.strip()
        if head.startswith("["):
            if inside and not placed:
                lines.append(f"{key}={value}")
                placed = True
            inside = head == f"[{section}]"
        if inside and head.partition("=")[0].strip() == key:
            if not placed:
                lines.append(f"{key}={value}")
            placed = True
            continue
        lines.append(line)
    if not placed:
        lines += [f"{key}={value}"] if inside else [f"[{section}]", f"{key}={value}"]
    return "\n".join(lines) + "\n"


def with_line(text: str, line: str) -> str:
    """A text that has this line."""
    if line in text.splitlines():
        return text
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


HEADER = "# Written by govctl; changes here are lost.\n"
