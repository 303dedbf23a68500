"""Filters of audit rules: `-F` and `-C` of auditctl(8)."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNSET = 0xFFFFFFFF
"""The login uid of what nobody logged in for; `unset` and -1 are other words for it."""
EACCES, EPERM = -13, -1
_COMPARED = re.compile(r"([a-zA-Z_0-9]+)(!=|>=|<=|&=|=|>|<|&)(.+)", re.ASCII)
_FIELDS = frozenset({
    "a0", "a1", "a2", "a3", "arch", "auid", "devmajor", "devminor", "dir", "egid", "euid",
    "exe", "exit", "filetype", "fsgid", "fstype", "fsuid", "gid", "inode", "key", "loginuid",
    "msgtype", "obj_gid", "obj_lev_high", "obj_lev_low", "obj_role", "obj_type", "obj_uid",
    "obj_user", "path", "perm", "pers", "pid", "ppid", "saddr_fam", "sessionid", "sgid",
    "subj_clr", "subj_role", "subj_sen", "subj_type", "subj_user", "success", "suid", "uid",
})  # fmt: skip
_NUMBERS = frozenset({
    "auid", "uid", "euid", "suid", "fsuid", "obj_uid", "exit", "a0", "a1", "a2", "a3",
    "success", "inode",
})  # fmt: skip
_ERRNO = {"EPERM": -EPERM, "EACCES": -EACCES}
_ARCHES = {
    "b64": "b64", "b32": "b32", "x86_64": "b64", "aarch64": "b64", "c000003e": "b64",
    "c00000b7": "b64", "i386": "b32", "i486": "b32", "i586": "b32", "i686": "b32",
    "40000003": "b32",
}  # fmt: skip
_PERMISSIONS = "rwxa"
_USER = re.compile(r"[A-Za-z_][\w.-]*\$?", re.ASCII)
_MERGED = re.compile(r"^/(bin|sbin|lib|lib32|lib64|libx32)(?=/|$)")


@dataclass(frozen=True)
class Field:
    """One filter: `-F name op value`, or `-C name op value` with the name `compare`."""

    name: str
    op: str
    value: str
    number: int | None = None
    """The value where it is one: login uids as the kernel counts them, exit codes negative."""


class Refused(Exception):
    """auditctl refuses the line."""


def canonical(path: str) -> str:
    """A path as it is on a merged system: /bin is /usr/bin, /var/run is /run."""
    bare = re.sub(r"/{2,}", "/", path)
    bare = bare.rstrip("/") or "/"
    if bare == "/var/run" or bare.startswith("/var/run/"):
        return bare[4:]
    return _MERGED.sub(r"/usr/\1", bare)


def compared(text: str) -> Field:
    """What `-C` says: two fields that must be equal, or must differ."""
    found = _COMPARED.fullmatch(text)
    if not found or found[2] not in ("=", "!="):
        raise Refused(f"-C {text}")
    pair = sorted((found[1].lower(), found[3].lower()))
    return Field("compare", found[2], " ".join(pair))


def field_of(text: str) -> Field:
    """What `-F` says; Refused if auditctl would not take it."""
    found = _COMPARED.fullmatch(text)
    if not found:
        raise Refused(f"-F missing operation for {text}")
    name, op, value = found[1].lower(), found[2], found[3]
    name = "auid" if name == "loginuid" else name
    if name not in _FIELDS:
        raise Refused(f"-F unknown field: {name}")
    if name in ("path", "dir", "exe"):
        return path_field(name, op, value)
    if name == "perm":
        return permissions_field(op, value)
    if name == "arch" and not value.isalnum() and value != "x86_64":
        raise Refused(f"arch is unknown: {value}")
    if name == "arch":
        known = value.lower().removeprefix("0x")  # b64, a machine, or its number with or without 0x
        return Field(name, op, _ARCHES.get(known, value))
    number = _number(name, value) if name in _NUMBERS else None
    if name.endswith("uid") and number is None and not _USER.fullmatch(value):
        raise Refused(f"-F unknown user: {value}")
    return Field(name, op, value, number)


def path_field(name: str, op: str, value: str) -> Field:
    """A path, or the watch of one."""
    if not value.startswith("/"):
        raise Refused("The path must start with '/'")
    if (name == "path" and value.endswith("/")) or (name != "exe" and not value.strip("/")):
        raise Refused("Error sending add rule data request (Invalid argument)")
    return Field(name, op, canonical(value))


def permissions_field(op: str, value: str) -> Field:
    """Letters of `rwxa`, in this order."""
    letters = value.lower()
    if len(letters) > 4 or not set(letters) <= set(_PERMISSIONS):
        raise Refused(f"permission {value}")
    return Field("perm", op, "".join(one for one in _PERMISSIONS if one in letters))


def _number(name: str, value: str) -> int | None:
    if name.endswith("uid") and value == "unset":
        return UNSET
    if name == "success" and value in ("yes", "no"):
        return int(value == "yes")
    if name == "exit" and value.lstrip("-") in _ERRNO:
        number = _ERRNO[value.lstrip("-")]
        return -number if value.startswith("-") else number
    if not re.fullmatch(r"-?(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})", value, re.ASCII):
        return None
    number = int(value, 16) if "x" in value.lower() else int(value)
    return number & UNSET if name.endswith("uid") else number
