"""Audit rules for what rows ask, as this machine's auditctl(8) takes them.

One rule holds all calls of the same filters: the kernel asks every rule at each call.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from typing import FrozenSet, Mapping, NamedTuple

from playbooks.hosts.disks import PRUNED, starts
from playbooks.hosts.rights import Row

FAMILIES = ("audit.recorded", "audit.program", "audit.privileged", "audit.sudo-log")
_WHO = {"anyone": "", "logged-in": "-F auid!=unset"}
_DENIED = ("-F exit=-EACCES", "-F exit=-EPERM")
_WITHOUT_NAME = {"fchmodat2": "452"}
"""Calls of which auditctl 3 knows only the number."""
_BLANK = re.compile(r"[ \t\n\r\f\v]")

Calls = Mapping[str, FrozenSet[str]]
"""By the kind of programs (`b64`), the names of their system calls."""


class Part(NamedTuple):
    """A rule, or that of its calls which goes into one with others."""

    head: str
    call: str
    """Empty for all."""
    filters: str


def asked_rules(rows: Sequence[Row]) -> str:
    """The rules, a line each; none where nothing says which system calls there are."""
    if not rows or not shutil.which("ausyscall"):
        return ""
    calls = {kind: _named(said("ausyscall", name, "--dump"))
             for kind, name in kinds(os.uname().machine).items()}  # fmt: skip
    return merged(part for row in rows for part in parts(row, calls))


def kinds(machine: str) -> dict[str, str]:
    """Kinds of programs that a machine (`uname -m`) runs, and its name for each in ausyscall(8)."""
    if machine == "x86_64":
        return {"b64": "x86_64", "b32": "i386"}
    if re.fullmatch("i.86", machine):
        return {"b32": "i386"}
    return {"b64": machine}


def _named(dump: str) -> frozenset[str]:
    lines = [line.split() for line in dump.splitlines()[1:]]
    return frozenset(words[1] for words in lines if len(words) > 1)


def merged(found: Iterable[Part]) -> str:
    """Rules in the order in which they are asked first."""
    calls: dict[tuple[str, str], dict[str, None]] = {}
    for one in found:
        calls.setdefault((one.head, one.filters), {})[one.call] = None
    return "".join(_rule(head, ",".join(names), filters)
                   for (head, filters), names in calls.items())  # fmt: skip


def _rule(head: str, names: str, filters: str) -> str:
    words = (head, f"-S {names}" if names else "", filters, "-F key=govctl")
    return " ".join(word for word in words if word) + "\n"


def parts(row: Row, calls: Calls) -> Iterator[Part]:
    """What one row asks of a machine whose programs have these calls."""
    who = _WHO.get(row.get("who", "users"))
    if who is None:
        who = f"-F auid>={row.get('uid_min', 1000)} -F auid!=unset"
    if row["family"] == "audit.program":
        if os.path.exists(row["path"]):
            yield from _touching(row["path"], "x", who, calls)
    elif row["family"] == "audit.privileged":
        for path in _privileged():
            yield from _touching(path, "x", who, calls)
    elif row["family"] == "audit.sudo-log":
        found = re.search(r"(?m)^Path to log file: (/.*)", said("sudo", "-V"))
        if found:
            yield from _touching(found[1], "wa", "", calls)
    else:
        yield from _called(row, who, calls)
        for path in (*row.get("paths", ()), *row.get("faillock", ())):
            yield from _touching(path, row.get("permissions", "wa"), who, calls)


def _called(row: Row, who: str, calls: Calls) -> Iterator[Part]:
    clock = "-F a0=0" if row.get("set_clock") else ""
    another = "-C euid!=uid" if row.get("as_another") else ""
    for code in _DENIED if row.get("denied") else ("",):
        filters = " ".join(word for word in (code, clock, another, who) if word)
        for kind, known in calls.items():
            for name in row.get("syscalls", ()):
                call = name if name in known else _WITHOUT_NAME.get(name)
                if call:
                    yield Part(f"-a always,exit -F arch={kind}", call, filters)


def _touching(path: str, permissions: str, who: str, calls: Calls) -> Iterator[Part]:
    """The kernel watches the file of a program, and of other files the name."""
    kind = "dir" if path.endswith("/") and permissions != "x" else "path"
    if permissions == "x" or kind == "dir":
        place = os.path.realpath(path)
    else:
        folder, name = os.path.split(path)
        place = os.path.join(os.path.realpath(folder), name)
    if _BLANK.search(place):  # no rule can name it
        return
    for arch in calls:
        yield Part(
            f"-a always,exit -F arch={arch} -F {kind}={place} -F perm={permissions}", "", who
        )


def _privileged() -> list[str]:
    """Programs with the setuid or setgid bit, where the kernel heeds these."""
    pruned = [word for path in PRUNED for word in ("-o", "-path", path)][1:]
    asked = ["(", *pruned, ")", "-prune", "-o", "-type", "f",
             "(", "-perm", "-4000", "-o", "-perm", "-2000", ")", "-print0"]  # fmt: skip
    found: set[bytes] = set()
    for start in starts(without=("nosuid", "noexec")):
        line = ["nice", "find", start, "-xdev", "-ignore_readdir_race", *asked]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)  # fmt: skip
        found.update(done.stdout.split(b"\0")[:-1])
    return [os.fsdecode(path) for path in sorted(found)]


def said(*words: str) -> str:
    """What a program says; nothing if it is not here."""
    if not shutil.which(words[0]):
        return ""
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, encoding="utf-8", errors="surrogateescape",
                          timeout=300, check=False).stdout  # fmt: skip
