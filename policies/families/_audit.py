"""Whether a set of audit rules records certain events, as the kernel decides it.

Everything here errs to one side: a filter that is not understood may leave an event out.

The kernel asks a list's rules in order and the first that matches decides (kernel/auditsc.c). Rules
for one file (`path=`, or a watch of a file) stand apart, by inode, and decide after the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from scanners.host.formats.audit_fields import UNSET, Field
from scanners.host.formats.audit_rules import Rule
from scanners.host.formats.augenrules import Loaded, RuleSet
from scanners.host.formats.syscalls import arches, exists, is_known, named, number_of

_EXECUTING = frozenset({"execve", "execveat"})
_TOUCHING = {
    "x": _EXECUTING,
    "w": frozenset({"creat", "open", "openat", "rename", "renameat", "renameat2", "truncate",
                    "unlink", "unlinkat"}),
    "a": frozenset({"chmod", "chown", "fchmod", "fchmodat", "fchown", "fchownat", "fremovexattr",
                    "fsetxattr", "lchown", "lremovexattr", "lsetxattr", "removexattr",
                    "setxattr"}),
}  # fmt: skip
"""Calls without which a rule is too narrow for a permission; auditctl 4 turns a permission into
such lists."""
_LABELS = ("subj_*", "obj_user", "obj_role", "obj_type", "obj_lev_*")
_SYSCALL_RECORD = ("SYSCALL", "1300")
_DEBUGGING = ("tracefs", "debugfs", "0x74726163", "0x64626720")
"""File systems that hold nothing of which changes must be recorded."""


@dataclass(frozen=True)
class Events:
    """A class of events of which every single one must be recorded."""

    arch: str
    """b64 or b32."""
    machine: str
    syscalls: frozenset[str] | None = None
    """Any one of these; None for whatever touches the path."""
    path: str = ""
    permission: str = ""
    """r, w, x or a, for a path."""
    directory: bool = False
    """True if what lies below the path counts too."""
    logins: tuple[int, int] = (0, UNSET)
    """Login uids of whoever does it, from and to."""
    exit: int | None = None
    """With which code the call ends; None for any."""
    a0: int | None = None
    compare: str = ""
    """`euid uid` for events in which these differ."""
    selinux: bool = False
    mounts: frozenset[str] = frozenset()
    """Mount points: a rule for a directory ends at those below it (audit.rules(7))."""

    def __str__(self) -> str:
        what = (
            "+".join(sorted(self.syscalls)) if self.syscalls else f"{self.permission} {self.path}"
        )
        code = {-13: " EACCES", -1: " EPERM"}.get(self.exit or 0, "")
        return f"{what}{code} ({self.arch})"


@dataclass(frozen=True)
class Answer:
    """Whether the events are recorded, and the rule that decides."""

    recorded: bool
    by: Loaded | None = None


def recorded(rules: RuleSet, events: Events) -> Answer:
    """What becomes of these events under these rules."""
    lost = next((one for one in rules.index.general if _loses(one.rule, events)), None)
    if lost:
        return Answer(False, lost)
    calls = events.syscalls or (_EXECUTING if events.permission == "x" else frozenset())
    own: list[Loaded] = []
    others: list[Loaded] = []
    for one in rules.index.about(calls, events.path):
        (own if _by_inode(one.rule, events) else others).append(one)
    return _first(own, events) or _first(others, events) or Answer(False)


def _loses(rule: Rule, events: Events) -> bool:
    """True for rules that leave no audit at all, or no record of the call or of the file."""
    if rule.list == "task":
        return rule.action == "never"
    if rule.list == "filesystem":
        kinds = [one.value for one in rule.fields if one.name == "fstype" and one.op == "="]
        harmless = bool(kinds) and kinds[0] in _DEBUGGING
        return rule.action == "never" and bool(events.path) and not harmless
    kinds = [one.value for one in rule.fields if one.name == "msgtype" and one.op == "="]
    if kinds and kinds[0] not in _SYSCALL_RECORD:
        return False
    return _may_match(rule, events)


def _first(rules: Iterable[Loaded], events: Events) -> Answer | None:
    for one in rules:
        if one.rule.action == "always" and _covers(one.rule, events):
            return Answer(True, one)
        if one.rule.action == "never" and _may_match(one.rule, events):
            return Answer(False, one)
    return None


def _by_inode(rule: Rule, events: Events) -> bool:
    names = {one.name for one in rule.fields}
    watched = next((one.value for one in rule.fields if one.name == "watch"), None)
    return bool(names & {"path", "inode"}) or (watched == events.path and not events.directory)


def _covers(rule: Rule, events: Events) -> bool:
    return _calls(rule, events) is True and all(_truth(one, events) for one in rule.fields)


def _may_match(rule: Rule, events: Events) -> bool:
    possible = all(_truth(one, events) is not False for one in rule.fields)
    return possible and _calls(rule, events) is not False


def _calls(rule: Rule, events: Events) -> bool | None:
    """Whether the rule is about the calls of these events: all of them, some, or none."""
    if rule.syscalls is None:
        return True
    calls = events.syscalls or _touching(events.permission, events.machine, events.arch)
    said = next((one.value for one in rule.fields if one.name == "arch"), None)
    own = arches(events.machine)[0]
    wanted = _meant(calls, events.machine, events.arch, events.arch)
    meant = _meant(rule.syscalls, events.machine, said or own, events.arch)
    if not wanted or meant is None:
        return None
    if wanted <= meant:
        return True
    return None if wanted & meant else False


@cache
def _meant(calls: frozenset[str], machine: str, arch: str, other: str) -> frozenset[str] | None:
    """The calls that programs of the other kind make by the numbers of these; None if not known.

    auditctl makes numbers of names, of the kind that `arch=` says or else of the machine's own, and
    the kernel compares numbers alone.
    """
    if not is_known(machine, arch) or not is_known(machine, other):
        return None if arch != other or any(call.isdigit() for call in calls) else calls
    numbers = [number_of(call, machine, arch) for call in calls]
    return frozenset(named(str(number), machine, other) for number in numbers
                     if number is not None)  # fmt: skip


@cache
def _touching(permission: str, machine: str, arch: str) -> frozenset[str]:
    known = _TOUCHING.get(permission, frozenset())
    return frozenset(name for name in known if exists(name, machine, arch) is not False)


def _truth(field: Field, events: Events) -> bool | None:
    """Whether a filter lets all of these events through, none of them, or nobody can say."""
    judge = _FILTERS.get(field.name)
    if judge is not None:
        return judge(field, events)
    if not events.selinux and any(fnmatchcase(field.name, label) for label in _LABELS):
        return False
    return None


def _on_arch(field: Field, events: Events) -> bool | None:
    if field.value not in ("b64", "b32"):
        return None
    return (field.value == events.arch) is (field.op == "=")


def _on_login(field: Field, events: Events) -> bool | None:
    return _between(field, *events.logins)


def _on_exit(field: Field, events: Events) -> bool | None:
    return None if events.exit is None else _between(field, events.exit, events.exit)


def _on_success(field: Field, events: Events) -> bool | None:
    return None if events.exit is None else _between(field, 0, 0)


def _on_argument(field: Field, events: Events) -> bool | None:
    return None if events.a0 is None else _between(field, events.a0, events.a0)


def _on_compare(field: Field, events: Events) -> bool | None:
    return True if field.op == "!=" and field.value == events.compare else None


def _on_program(field: Field, events: Events) -> bool | None:
    return (field.value == events.path) is (field.op == "=") if events.permission == "x" else None


def _on_path(field: Field, events: Events) -> bool | None:
    if not events.path or field.op != "=":
        return None
    if _is_below(field.value, events.path):
        return None if events.directory or field.name != "path" else False
    if field.value == events.path:
        return None if events.directory and field.name == "path" else True
    if field.name == "path" or not _is_below(events.path, field.value):
        return False
    between = (mount for mount in events.mounts if _is_below(mount, field.value))
    crosses = any(mount == events.path or _is_below(events.path, mount) for mount in between)
    return None if crosses else True


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _on_permission(field: Field, events: Events) -> bool | None:
    if not events.permission or field.op != "=":
        return None
    return events.permission in field.value


def _between(field: Field, low: int, high: int) -> bool | None:
    """Whether `field` holds for all, for none, or for some of the numbers from low to high."""
    if field.number is None:
        return None
    value = field.number
    if field.op in (">=", "<"):
        answer = True if low >= value else False if high < value else None
    elif field.op in (">", "<="):
        answer = True if low > value else False if high <= value else None
    elif field.op in ("=", "!="):
        outside = value < low or value > high
        answer = True if low == high == value else False if outside else None
    else:
        return None
    return answer if field.op in (">=", ">", "=") or answer is None else not answer


_FILTERS: dict[str, Callable[[Field, Events], bool | None]] = {
    "path": _on_path, "watch": _on_path, "dir": _on_path, "arch": _on_arch,
    "perm": _on_permission, "auid": _on_login, "exit": _on_exit, "success": _on_success,
    "a0": _on_argument, "compare": _on_compare, "exe": _on_program,
}  # fmt: skip
