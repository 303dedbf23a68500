"""Owners, groups and modes of one file: what gives too much is taken away, nothing is widened.

All is changed through a descriptor that was opened without following a link, so that nobody can put
another file in its place meanwhile.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import struct
import sys
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Dict, NamedTuple

Row = Dict[str, Any]
"""A check: `id`, `family` and its arguments."""
_ACL, _ACL_USER, _ACL_GROUP, _ACL_MASK = "system.posix_acl_access", 2, 8, 16
ASPECTS = ("owner", "group", "mode")
refused: list[str] = []
"""What could not be done, and why: the others have their turn, then `carry_out` ends with it."""
_REFUSED_SHOWN = 5
SHELLS_WITHOUT_LOGIN = ("nologin", "false", "sync", "halt", "shutdown")
FIRST_PERSON, NOBODY = 1000, 65534


def say(path: str, what: str) -> None:
    """One change, on one line whatever the name holds."""
    sys.stdout.write(f"changed: {_shown(path)} {what}\n")


def refuse(path: str, why: object) -> None:
    """Note that something could not be done; the rest goes on."""
    line = f"{_shown(path)}: {getattr(why, 'strerror', None) or why}"
    if line not in refused:
        refused.append(line)


def remove(path: str, *, dry: bool) -> None:
    """Let there be no such file or link, whose target stays; a folder is left alone."""
    if not os.path.lexists(path) or (os.path.isdir(path) and not os.path.islink(path)):
        return
    try:
        if not dry:
            os.unlink(path)
    except OSError as error:
        refuse(path, error)
    else:
        say(path, "removed")


def carry_out(work: Callable[[Row], object], request: Row) -> None:
    """Do what is asked; SystemExit with what and why, on one line, if something was not done."""
    try:
        work(request)
    except OSError as error:
        sys.exit(f"{error.filename2 or error.filename or '?'}: {error.strerror or error}")
    if refused:
        more = len(refused) - _REFUSED_SHOWN
        sys.exit("; ".join(refused[:_REFUSED_SHOWN]) + (f"; {more} more" if more > 0 else ""))


def _shown(path: str) -> str:
    name = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in name)


def is_person(account: pwd.struct_passwd) -> bool:
    """True for an account that somebody logs in with."""
    shell = account.pw_shell.rsplit("/", 1)[-1]
    return FIRST_PERSON <= account.pw_uid != NOBODY and shell not in SHELLS_WITHOUT_LOGIN


@lru_cache(maxsize=None)
def users() -> dict[int, str]:
    """Names by number, the first of each."""
    return {one.pw_uid: one.pw_name for one in reversed(pwd.getpwall())}


@lru_cache(maxsize=None)
def groups() -> dict[int, str]:
    """The same of groups."""
    return {one.gr_gid: one.gr_name for one in reversed(grp.getgrall())}


def number_of(names: Collection[str], known: dict[int, str]) -> int:
    """The number of the first of these names that exists, else root's."""
    numbers = {name: number for number, name in known.items()}
    return next((numbers[name] for name in names if name in numbers), 0)


class Wanted(NamedTuple):
    """What a file should be; None for what may stay."""

    uid: int | None = None
    gid: int | None = None
    widest: int | None = None
    """Bits over these are taken away."""
    known: tuple[str, ...] = ()
    """Who may have in an access list what the group may."""
    extra: int = 0
    """Bits that are added."""


def settle(path: str, wanted: Wanted, *, dry: bool, folder: int | None = None) -> None:
    """Make one file or folder what is wanted; links and everything else are left alone.

    With `folder`, a descriptor, the last part of the path is opened there.
    """
    name = path if folder is None else path.rsplit("/", 1)[-1]
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            return
        handle = os.open(name, flags, dir_fd=folder)
    except OSError as error:  # gone meanwhile, or a link now, unless the file system says no
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
            refuse(path, error)
        return
    try:
        _settle(handle, path, wanted, dry=dry)
    except OSError as error:
        refuse(path, error)
    finally:
        os.close(handle)


def _settle(handle: int, path: str, wanted: Wanted, *, dry: bool) -> None:
    found = os.fstat(handle)
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return
    uid = found.st_uid if wanted.uid is None else wanted.uid
    gid = found.st_gid if wanted.gid is None else wanted.gid
    now = stat.S_IMODE(found.st_mode)
    mode = (now if wanted.widest is None else now & wanted.widest) | wanted.extra
    if uid != found.st_uid:  # or a stranger's program would run with its new owner's rights
        mode &= ~0o4000
    if gid != found.st_gid and not stat.S_ISDIR(found.st_mode):
        mode &= ~0o2000
    if (uid, gid) != (found.st_uid, found.st_gid):
        if not dry:
            os.fchown(handle, uid, gid)
        say(path, f"{users().get(uid, uid)}:{groups().get(gid, gid)}")
    if not dry and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        os.fchmod(handle, mode)
    if mode != now:
        say(path, f"{now:04o} -> {mode:04o}")
    if wanted.widest is not None:
        _narrow(handle, path, wanted, dry=dry)


def _narrow(handle: int, path: str, wanted: Wanted, *, dry: bool) -> None:
    """Take from the entries of an access list (acl(5)) what strangers may not have."""
    try:
        data = os.getxattr(handle, _ACL)
    except OSError:
        return
    entries = list(struct.iter_unpack("<HHI", data[4:]))
    mask = next((perm for tag, perm, _number in entries if tag == _ACL_MASK), 7)
    narrowed = [(tag, perm & _allowed(tag, number, perm, mask, wanted), number)
                for tag, perm, number in entries]  # fmt: skip
    if narrowed != entries:
        if not dry:
            packed = b"".join(struct.pack("<HHI", *entry) for entry in narrowed)
            os.setxattr(handle, _ACL, data[:4] + packed)
        say(path, "access list narrowed")


def _allowed(tag: int, number: int, perm: int, mask: int, wanted: Wanted) -> int:
    """The bits that an entry may keep; all of them unless it gives a stranger too much."""
    if tag not in (_ACL_USER, _ACL_GROUP) or wanted.widest is None:
        return 7
    name = (users() if tag == _ACL_USER else groups()).get(number, str(number))
    allowed = (wanted.widest >> 3 if name in wanted.known else wanted.widest) & 7
    return allowed if perm & mask & ~allowed else 7
