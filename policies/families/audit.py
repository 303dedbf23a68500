"""What the audit system records: by the rules of the next boot, and by those that run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import model_validator

from govctl.texts import Message, msg
from policies.families import Args, NoArgs, family
from policies.families._audit import Answer, Events, recorded
from policies.families._verdicts import failed, listed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.audit import AuditRules
from scanners.host.facts.mounts import Mount, Mounts
from scanners.host.facts.paths import Paths
from scanners.host.facts.sudo import Sudo
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.formats.audit_fields import EACCES, EPERM, UNSET, canonical
from scanners.host.formats.augenrules import RuleSet
from scanners.host.formats.syscalls import arches, exists
from scanners.host.model import Missing

_WHO = {"anyone": (0, UNSET), "logged-in": (0, UNSET - 1)}
_CLOCK_REALTIME = 0
_RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


class WhoArgs(Args):
    """Whose doings must be recorded."""

    who: str = "users"
    """`anyone`; `logged-in`: whoever logged in; `users`: of these, those from `uid_min` on."""
    uid_min: int = 1000

    @model_validator(mode="after")
    def _known(self) -> WhoArgs:
        if self.who not in ("users", *_WHO):
            raise ValueError("who: anyone, logged-in or users")
        return self

    @property
    def logins(self) -> tuple[int, int]:
        """Login uids, from and to."""
        return _WHO.get(self.who, (self.uid_min, UNSET - 1))


class EventArgs(WhoArgs):
    """System calls, and paths with the ways in which they are touched."""

    syscalls: tuple[str, ...] = ()
    denied: bool = False
    """True if only calls count that end with EACCES or EPERM."""
    set_clock: bool = False
    """True if only the wall clock counts among clocks."""
    as_another: bool = False
    """True if only programs count that run with another user's rights."""
    paths: tuple[str, ...] = ()
    """Files; directories with all below them end with a slash."""
    faillock: tuple[str, ...] = ()
    """One more of them: where pam_faillock keeps its tallies, which public profiles set apart."""
    permissions: str = "wa"
    since: str = ""
    """The kernel that first has the calls, as `6.6`, where Debian still runs older ones."""

    @model_validator(mode="after")
    def _some(self) -> EventArgs:
        if not self.syscalls and not self.watched:
            raise ValueError("name system calls or paths")
        return self

    @property
    def watched(self) -> tuple[str, ...]:
        """All paths."""
        return (*self.paths, *self.faillock)


@family("audit.recorded", needs=(AuditRules,), helps=(System, Mounts), args=EventArgs)
def events(
    args: EventArgs, audit: AuditRules, system: System | Missing, mounts: Mounts | Missing
) -> Verdict:
    """System calls, and changes of files, are recorded."""
    absent = _absent(args, audit)
    if absent:
        return absent
    verdict = _judge(audit, _classes(args, audit, mounts))
    return verdict if verdict.status != "fail" else _too_old(args, system) or verdict


def _too_old(args: EventArgs, system: System | Missing) -> Verdict | None:
    """A verdict if the kernel may have no such call."""
    first = _RELEASE.match(args.since)
    if not first:
        return None
    kernels: tuple[str, ...] = ()
    if not isinstance(system, Missing):
        kernels = (system.kernel,) if system.kernel else system.own_kernels
    found = [_RELEASE.match(kernel) for kernel in kernels]
    own = [tuple(map(int, match.groups())) for match in found if match]
    if len(own) < len(kernels) or not own:
        return not_evaluated(msg("it is not known which kernel will run here"))
    if max(own) >= tuple(map(int, first.groups())):
        return None
    return not_applicable(
        msg("Linux {found} has no system call {names}", found=", ".join(kernels),
            names=", ".join(args.syscalls))
    )  # fmt: skip


def _absent(args: EventArgs, audit: AuditRules) -> Verdict | None:
    """A verdict if no kind of program on this machine has any of the calls."""
    if args.watched or not audit.machine:
        return None
    known = [exists(name, audit.machine, arch) for name in args.syscalls
             for arch in arches(audit.machine)]  # fmt: skip
    if any(answer is not False for answer in known):
        return None
    return not_applicable(msg("{machine} has no system call {names}", machine=audit.machine,
                              names=", ".join(args.syscalls)))  # fmt: skip


def _everywhere(args: WhoArgs, audit: AuditRules, mounts: Mounts | Missing) -> list[Events]:
    """What these people do, once for each kind of program."""
    points: list[str] = []
    if not isinstance(mounts, Missing):
        points = [canonical(one.target) for one in (*(mounts.live or ()), *mounts.stored)
                  if one.target.startswith("/")]  # fmt: skip
    return [
        Events(arch, audit.machine, logins=args.logins, selinux=audit.selinux,
               mounts=frozenset(points))
        for arch in arches(audit.machine)
    ]  # fmt: skip


def _classes(args: EventArgs, audit: AuditRules, mounts: Mounts | Missing) -> list[Events]:
    found = []
    for plain in _everywhere(args, audit, mounts):
        base = replace(
            plain,
            a0=_CLOCK_REALTIME if args.set_clock else None,
            compare="euid uid" if args.as_another else "",
        )
        for name in args.syscalls:
            if exists(name, audit.machine, base.arch) is not False:
                codes = (EACCES, EPERM) if args.denied else (None,)
                found += [replace(base, syscalls=frozenset({name}), exit=code) for code in codes]
        for path in args.watched:
            found += [_touched(base, path, permission) for permission in args.permissions]
    return found


def _touched(base: Events, path: str, permission: str) -> Events:
    return replace(base, path=canonical(path), permission=permission,
                   directory=path.endswith("/") and permission != "x")  # fmt: skip


class ProgramArgs(WhoArgs):
    """A program whose use must be recorded."""

    path: str


@family("audit.program", needs=(AuditRules, Paths), helps=(Mounts,), args=ProgramArgs)
def program(
    args: ProgramArgs, audit: AuditRules, paths: Paths, mounts: Mounts | Missing
) -> Verdict:
    """Every use of a program is recorded."""
    if not paths.asked_for(args.path):
        return not_evaluated(msg("{paths} was not looked at", paths=args.path))
    path = canonical(args.path)
    exists_here = any(canonical(name) == path for name in (args.path, *_twins(args.path))
                      if name in paths.paths)  # fmt: skip
    if not exists_here and not audit.is_part:
        verdict = _judge(audit, _uses(_everywhere(args, audit, mounts), [path]))
        absent = not_applicable(msg("{path} does not exist", path=args.path))
        return verdict if verdict.status == "pass" else absent
    for _hop in range(8):  # the kernel watches what a link leads to, never the link
        path, last = audit.links.get(path, path), path
        if path == last:
            break
    if path.startswith("/etc/alternatives/"):
        return not_evaluated(msg("it is not known where {path} leads", path=path))
    return _judge(audit, _uses(_everywhere(args, audit, mounts), [path]))


def _twins(path: str) -> tuple[str, ...]:
    return (path.removeprefix("/usr"), f"/usr{path}")


def _uses(bases: Iterable[Events], paths: Iterable[str]) -> list[Events]:
    bases = tuple(bases)
    return [_touched(base, path, "x") for path in paths for base in bases]


@family("audit.privileged", needs=(AuditRules, Walk), helps=(Mounts,), args=WhoArgs)
def privileged(args: WhoArgs, audit: AuditRules, walk: Walk, mounts: Mounts | Missing) -> Verdict:
    """Every use of a program with the setuid or setgid bit is recorded."""
    live = () if isinstance(mounts, Missing) else mounts.live or ()
    programs = [path for path in sorted({*walk.setuid, *walk.setgid}) if not _is_dead(path, live)]
    if audit.is_part and not programs:
        return not_evaluated(msg("this is a part of a machine, without its programs"))
    verdict = _judge(audit, _uses(_everywhere(args, audit, mounts), programs))
    if verdict.status == "pass" and not walk.all_of("sg"):
        return not_evaluated(msg("the walk of the file systems was cut short"))
    return verdict


def _is_dead(path: str, mounts: Sequence[Mount]) -> bool:
    """True where the kernel ignores these bits, or runs no program at all."""
    above = [one for one in mounts if f"{path}/".startswith(one.target.rstrip("/") + "/")]
    nearest = max(above, key=lambda one: len(one.target), default=None)
    return nearest is not None and bool(nearest.options & {"nosuid", "noexec"})


@family("audit.sudo-log", needs=(AuditRules, Sudo), helps=(Mounts,), args=NoArgs)
def sudo_log(_args: NoArgs, audit: AuditRules, sudo: Sudo, mounts: Mounts | Missing) -> Verdict:
    """Changes of sudo's own log file are recorded."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    path = sudo.defaults.get("logfile", "")
    if not path.startswith("/"):
        return failed(msg("sudo writes no log file of its own"))
    return _judge(audit, _classes(EventArgs(who="anyone", paths=(path,)), audit, mounts))


@family("audit.immutable", needs=(AuditRules,), args=NoArgs)
def immutable(_args: NoArgs, audit: AuditRules) -> Verdict:
    """Nobody can change the audit rules before the next boot."""
    if not audit.installed:
        return failed(msg("auditd is not installed: nothing is recorded"))
    running = audit.running
    sides = [("", audit.stored)]
    sides += [("auditctl -s: ", running)] if isinstance(running, RuleSet) else []
    evidence = [f"{whose}{line}" for whose, rules in sides
                for line in (f"enabled {'-' if rules.enabled is None else rules.enabled}",
                             *_state(rules))]  # fmt: skip
    if audit.stored.enabled != 2:
        return failed(msg("nothing locks the audit rules after the next boot: no rule says {rule}",
                          rule="-e 2"), evidence)  # fmt: skip
    if isinstance(running, RuleSet) and running.enabled != 2:
        return failed(
            msg("the audit rules can be changed: only the next boot locks them"), evidence
        )
    if isinstance(running, Message):
        return not_evaluated(running, evidence)
    return passed(msg("the audit rules are locked until the next boot"), evidence)


def _judge(audit: AuditRules, classes: Sequence[Events]) -> Verdict:
    """Every class of events is recorded by the rules that run and by those of the next boot."""
    if audit.installed and not audit.machine:
        return not_evaluated(msg("it is not known for which processor this system is made"))

    def side(rules: RuleSet) -> _Side:
        answers = [(one, recorded(rules, one)) for one in classes]
        missing = [str(one) for one, answer in answers
                   if not answer.recorded or rules.enabled == 0]  # fmt: skip
        return _Side(missing, _quoted(answer for _, answer in answers))

    return _over_both(audit, side, msg("everything of this kind is recorded"))


@dataclass(frozen=True)
class _Side:
    """What one set of rules leaves out, and what to quote of it."""

    missing: list[str]
    evidence: tuple[str, ...]


def _quoted(answers: Iterable[Answer]) -> tuple[str, ...]:
    rules = dict.fromkeys((answer.by, answer.recorded) for answer in answers if answer.by)
    return tuple(f"{'' if good else '! '}{by}" for by, good in rules)


def _over_both(
    audit: AuditRules,
    side: Callable[[RuleSet], _Side],
    good: Message,
) -> Verdict:
    """One verdict over the rules of the next boot and those that run."""
    if not audit.installed:
        return failed(msg("auditd is not installed: nothing is recorded"))
    then = side(audit.stored)
    evidence = (*then.evidence, *_state(audit.stored))
    now = None
    if isinstance(audit.running, RuleSet):
        now = side(audit.running)
        quoted = (*now.evidence, *_state(audit.running))
        evidence += tuple(f"auditctl -l: {line}" for line in quoted)
    reason = _reason(audit.stored, then.missing, now.missing if now else None)
    if reason is not None:
        return failed(reason, evidence)
    if isinstance(audit.running, Message):
        return not_evaluated(audit.running, evidence)
    return passed(good, evidence)


def _reason(then: RuleSet, missing: list[str], missing_now: list[str] | None) -> Message | None:
    """Why it fails, or None: what the next boot lacks, and what the running rules do."""
    if not missing and not missing_now:
        return None
    if not missing:
        return msg(
            "the rules that run leave out {names}; only the next boot would load what is stored",
            names=listed(missing_now or ()),
        )
    names = listed(missing)
    if missing_now == []:
        return msg("the rules that run suffice, those of the next boot leave out {names}",
                   names=names)  # fmt: skip
    if then.stopped:
        return msg("not recorded: {names}; auditctl stops at {line}", names=names,
                   line=then.refused[-1])  # fmt: skip
    return msg("not recorded: {names}", names=names)


def _state(rules: RuleSet) -> tuple[str, ...]:
    return (*(("-e 0",) if rules.enabled == 0 else ()),
            *(f"refused: {line}" for line in rules.refused))  # fmt: skip
