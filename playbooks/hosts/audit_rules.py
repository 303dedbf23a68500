"""Audit rules against each other: whether one may keep the kernel from recording another's events.

auditctl(8) parts a line at blanks alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

UNSET = 4294967295
_FIELD = re.compile(r"(\w+)(!=|>=|<=|&=|=|>|<|&)(.+)", re.ASCII)
_ARCHES = {"x86_64": "b64", "aarch64": "b64", "i386": "b32", "i486": "b32", "i586": "b32",
           "i686": "b32", "arm": "b32"}  # fmt: skip
_TOUCHING = {
    "x": {"execve", "execveat"},
    "w": {"creat", "open", "openat", "rename", "renameat", "renameat2", "truncate", "unlink",
          "unlinkat"},
    "a": {"chmod", "chown", "fchmod", "fchmodat", "fchown", "fchownat", "fremovexattr",
          "fsetxattr", "lchown", "lremovexattr", "lsetxattr", "removexattr", "setxattr"},
}  # fmt: skip
"""Calls that a permission of a path is about, at the least."""
_LABELS = ("subj_*", "obj_user", "obj_role", "obj_type", "obj_lev_*")
_SYSCALL_RECORD = ("SYSCALL", "1300")
_DEBUGGING = ("tracefs", "debugfs", "0x74726163", "0x64626720")
_MERGED = re.compile(r"^/(bin|sbin|lib|lib32|lib64|libx32)(?=/|$)")
_SELINUX = "/etc/selinux/config"


class Field(NamedTuple):
    """`-F name op value`."""

    name: str
    op: str
    value: str


class Rule(NamedTuple):
    """A rule that is added."""

    first: bool
    list: str
    action: str
    fields: tuple[Field, ...]
    calls: frozenset[str]
    """Empty for all."""
    words: tuple[str, ...]

    def one(self, name: str) -> str:
        """The value of a field that stands with `=`, or nothing."""
        return next((one.value for one in self.fields if one.name == name and one.op == "="), "")

    @property
    def by_inode(self) -> bool:
        """True for a rule about one file: the kernel asks these after the others, and they win."""
        return any(one.name in ("path", "inode") for one in self.fields)


def words_of(line: str) -> list[str]:
    """Of a line that is no comment."""
    words = [word for word in line.split(" ") if word]
    return [] if words[:1] and words[0].startswith("#") else words


def read_rule(line: str) -> Rule | None:
    """`-a` or `-A` with its filters; None for every other line."""
    words = words_of(line)
    given: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word in ("-a", "-A", "-F", "-S", "-C", "-k", "-p"):
            given.setdefault(word, []).append(next(rest, ""))
    added = given.get("-A") or given.get("-a")
    if not added:
        return None
    parts = added[0].split(",")
    action = next((one for one in parts if one in ("always", "never")), "")
    place = next((one.lower() for one in parts if one not in ("always", "never")), "")
    calls = [name for value in given.get("-S", ()) for name in value.split(",")]
    named: frozenset[str] = frozenset() if "all" in calls else frozenset(calls)
    fields = tuple(_fields(given.get("-F", ())))
    return Rule("-A" in given, place, action, fields, named, tuple(words))


def _fields(given: Iterable[str]) -> Iterator[Field]:
    for text in given:
        found = _FIELD.fullmatch(text)
        if found and found[1].lower() != "key":
            name, op, value = found[1].lower(), found[2], found[3]
            is_path = name in ("path", "dir", "exe")
            yield Field(name, op, _canonical(value) if is_path else value)


def _canonical(path: str) -> str:
    """As on a merged system: /bin is /usr/bin, /var/run is /run."""
    bare = re.sub(r"/{2,}", "/", path).rstrip("/") or "/"
    return re.sub(r"^/var/run(?=/|$)", "/run", _MERGED.sub(r"/usr/\1", bare))


def may_hide(rule: Rule, ours: Rule) -> bool:
    """True if a rule of somebody may keep an event of ours, which are loaded first, unrecorded."""
    if rule.list == "task":
        return rule.action == "never"
    if rule.list == "filesystem":
        about_files = bool(ours.one("path") or ours.one("dir"))
        return rule.action == "never" and about_files and rule.one("fstype") not in _DEBUGGING
    if rule.list == "exclude":
        kind = rule.one("msgtype")
        return (not kind or kind in _SYSCALL_RECORD) and _meet(rule, ours)
    if rule.list != "exit" or rule.action != "never":
        return False
    before = rule.first if rule.by_inode == ours.by_inode else rule.by_inode
    return before and _meet(rule, ours)


def _meet(rule: Rule, ours: Rule) -> bool:
    """True unless a filter, or the calls, say that no event is of both."""
    calls = ours.calls or frozenset(
        name for letter in ours.one("perm") for name in _TOUCHING.get(letter, ())
    )
    named = not any(name.isdigit() for name in rule.calls)
    if rule.calls and calls and named and not rule.calls & calls:
        return False
    return all(_may(one, ours) for one in rule.fields)


def _may(field: Field, ours: Rule) -> bool:
    if any(fnmatchcase(field.name, label) for label in _LABELS):
        return os.path.exists(_SELINUX)
    judge = _FILTERS.get(field.name)
    return judge is None or judge(field, ours)


def _on_arch(field: Field, ours: Rule) -> bool:
    same = _ARCHES.get(field.value, field.value) == ours.one("arch")
    return same is (field.op == "=")


def _on_path(field: Field, ours: Rule) -> bool:
    path, folder = ours.one("path"), ours.one("dir")
    if field.op != "=" or not (path or folder):
        return True
    value = field.value
    if field.name == "path":
        return value == path or (bool(folder) and _below(value, folder))
    return _below(path or folder, value) or (bool(folder) and _below(value, folder))


def _below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(folder.rstrip("/") + "/")


def _on_permission(field: Field, ours: Rule) -> bool:
    mine = ours.one("perm")
    return not mine or field.op != "=" or bool(set(mine) & set(field.value))


def _on_login(field: Field, ours: Rule) -> bool:
    """Login uids of ours: from a least one on, or all but those without a login."""
    known = [one for one in ours.fields if one.name == "auid"]
    low = max((int(one.value) for one in known if one.op == ">="), default=0)
    high = UNSET - 1 if any(one.op == "!=" for one in known) else UNSET
    value = UNSET if field.value in ("unset", "-1") else field.value
    if not str(value).isdigit():
        return True
    number = int(value)
    held = {"=": low <= number <= high, ">=": high >= number, ">": high > number,
            "<=": low <= number, "<": low < number}  # fmt: skip
    return held.get(field.op, True)


def _on_exit(field: Field, ours: Rule) -> bool:
    mine = ours.one("exit")
    if field.name == "success":
        return not mine or field.op != "=" or field.value in ("0", "no")
    known = field.op == "=" and field.value.startswith("-E")
    return not mine or not known or field.value == mine


def _on_argument(field: Field, ours: Rule) -> bool:
    mine = ours.one("a0")
    return not mine or field.op != "=" or field.value == mine


def _on_program(field: Field, ours: Rule) -> bool:
    if ours.one("perm") != "x":
        return True
    return (field.value == ours.one("path")) is (field.op == "=")


_FILTERS: dict[str, Callable[[Field, Rule], bool]] = {
    "arch": _on_arch, "path": _on_path, "dir": _on_path, "perm": _on_permission,
    "auid": _on_login, "loginuid": _on_login, "exit": _on_exit, "success": _on_exit,
    "a0": _on_argument, "exe": _on_program,
}  # fmt: skip
