"""What sudo allows, and whether it leaves traces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import Expect
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.families._versions import at_least
from policies.model import Verdict
from scanners.host.facts.paths import Paths
from scanners.host.facts.software import Packages
from scanners.host.facts.sudo import Sudo, SudoRule
from scanners.host.formats.sudo_lists import Item
from scanners.host.model import Missing

_PROGRAM = "/usr/bin/sudo"
_ROOT = ("root", "#0")
"""Who is root already: sudo gives it nothing and asks it for nothing."""


class DefaultArgs(Expect):
    """An option of sudo's Defaults; `default` is sudo's own."""

    option: str
    default: str = "0"
    since: str | None = None
    """The version of sudo from which a flag is set without being asked for."""


@family("sudo.default", needs=(Sudo,), args=DefaultArgs, helps=(Packages,))
def sudo_default(args: DefaultArgs, sudo: Sudo, packages: Packages | Missing) -> Verdict:
    """A default of sudo is as asked."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    own = "1" if args.since and _is_new(packages, args.since) else args.default
    return _judge_default(args.option, sudo, own, args.holds, args.wanted)


def _is_new(packages: Packages | Missing, since: str) -> bool:
    if isinstance(packages, Missing):
        return False
    versions = (packages.versions.get(name) for name in ("sudo", "sudo-ldap"))
    return any(version is not None and at_least(version, since) for version in versions)


def _judge_default(
    option: str, sudo: Sudo, own: str, holds: Callable[[str], bool], wanted: str
) -> Verdict:
    found = sudo.defaults.get(option, own)
    evidence = [f"Defaults {option}={found}"]
    loose = [
        f"Defaults:{scope} {option}={options[option]}"
        for scope, options in sudo.scoped_defaults.items()
        if option in options and not holds(options[option])
    ]
    if holds(found) and loose:
        return failed(
            msg("{option} is right, but not for all: {names}", option=option,
                names=", ".join(loose)),
            [*evidence, *loose],
        )  # fmt: skip
    if holds(found):
        return passed(msg("{option} is {found}", option=option, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=option, found=found, wanted=wanted),
        evidence,
    )


class UmaskArgs(Args):
    """Bits that sudo's umask must take away, octal."""

    mask: str


@family("sudo.umask", needs=(Sudo,), args=UmaskArgs)
def sudo_umask(args: UmaskArgs, sudo: Sudo) -> Verdict:
    """Files that commands of sudo make are closed to others."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    wanted = int(args.mask, 8)

    def holds(value: str) -> bool:
        mask = int(value, 8) if re.fullmatch(r"[0-7]{1,4}", value, re.ASCII) else 0
        return mask != 0o777 and mask & wanted == wanted  # 0777 leaves the caller's own

    return _judge_default("umask", sudo, "0022", holds, args.mask)


class LogArgs(Args):
    """Where the log must be."""

    path: str = ""
    """Empty: anywhere."""


@family("sudo.logged", needs=(Sudo,), args=LogArgs)
def sudo_logged(args: LogArgs, sudo: Sudo) -> Verdict:
    """sudo writes a log file of its own."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    path = sudo.defaults.get("logfile", "")
    if path in ("", "0"):
        return failed(msg("sudo writes no log file of its own"))
    if args.path not in ("", path):
        return failed(msg("{option} is {found}, not {wanted}", option="logfile", found=path,
                          wanted=args.path))  # fmt: skip
    silent = [scope for scope, options in sudo.scoped_defaults.items()
              if options.get("logfile", path) in ("", "0")]  # fmt: skip
    if silent:
        return failed(msg("{option} is right, but not for all: {names}", option="logfile",
                          names=", ".join(silent)))  # fmt: skip
    return passed(msg("sudo writes {path}", path=path), [f"Defaults logfile={path}"])


class ProgramArgs(Args):
    """Groups of which one must own the program."""

    groups: tuple[str, ...]


@family("sudo.program", needs=(Sudo, Paths), args=ProgramArgs)
def program(args: ProgramArgs, sudo: Sudo, paths: Paths) -> Verdict:
    """The program belongs to root and to the group that may run it."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    found = paths.paths.get(_PROGRAM)
    if found is None or found.kind != "file":
        return not_evaluated(msg("{paths} was not looked at", paths=_PROGRAM))
    evidence = [f"{found.path} {found.mode:04o} {found.owner}:{found.group}"]
    good = found.owner == "root" and found.group in args.groups and not found.mode & 0o022
    reason = msg("{path} belongs to {owner}:{group}, mode {mode}", path=_PROGRAM,
                 owner=found.owner, group=found.group, mode=f"{found.mode:04o}")  # fmt: skip
    return (passed if good else failed)(reason, evidence)


class TagArgs(Args):
    """A tag that takes the password prompt away, and who may have it."""

    tag: str
    allowed: tuple[str, ...] = ()


@family("sudo.tag", needs=(Sudo,), args=TagArgs)
def sudo_tag(args: TagArgs, sudo: Sudo) -> Verdict:
    """Nobody but those named skips sudo's password."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    return none_of(
        _tagged(sudo, args.tag, args.allowed),
        msg("nobody but {names} has {tag}", names=", ".join(args.allowed) or "-", tag=args.tag),
        msg("{count} rules have {tag}: {names}", tag=args.tag),
    )


def _tagged(sudo: Sudo, tag: str, allowed: Iterable[str]) -> list[str]:
    return _offending(sudo, lambda grant: tag in grant.tags and not grant.negated, allowed)


class AllowedArgs(Args):
    """Who is excepted."""

    allowed: tuple[str, ...] = ()


@family("sudo.authenticated", needs=(Sudo,), args=AllowedArgs)
def authenticated(args: AllowedArgs, sudo: Sudo) -> Verdict:
    """Nobody but those named becomes another user without a password of their own."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    every = {"": sudo.defaults, **sudo.scoped_defaults}
    free = [
        f"Defaults{':' * bool(scope)}{scope} {option}"
        for scope, options in every.items()
        for option in _free(options)
        if scope not in {f"user:{one}" for one in args.allowed}
    ]
    free += _tagged(sudo, "NOPASSWD", args.allowed)
    return none_of(
        free,
        msg("sudo asks everybody for a password"),
        msg("{count} settings of sudo take the password away: {names}"),
    )  # fmt: skip


def _free(options: Mapping[str, str]) -> Iterator[str]:
    if options.get("authenticate") == "0":
        yield "!authenticate"
    if options.get("exempt_group", "0") not in ("", "0"):
        yield f"exempt_group={options['exempt_group']}"


@family("sudo.arguments", needs=(Sudo,), args=AllowedArgs)
def arguments(args: AllowedArgs, sudo: Sudo) -> Verdict:
    """Every command that sudo allows has its arguments named."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    return none_of(
        _offending(sudo, _takes_any_argument, args.allowed),
        msg("every command that sudo allows has its arguments named"),
        msg("{count} rules of sudo leave arguments open: {names}"),
    )


def _takes_any_argument(grant: Item) -> bool:
    if grant.negated:
        return False
    words = grant.command.split(None, 1)
    return len(words) < 2 or words[1] == "*"


@family("sudo.no-negation", needs=(Sudo,), args=AllowedArgs)
def no_negation(args: AllowedArgs, sudo: Sudo) -> Verdict:
    """No rule of sudo names what is forbidden, which a copy of the program gets around."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    return none_of(
        _offending(sudo, lambda grant: grant.negated, args.allowed),
        msg("no rule of sudo forbids single commands"),
        msg("{count} rules of sudo forbid single commands: {names}"),
    )


@family("sudo.no-root", needs=(Sudo,), args=AllowedArgs)
def no_root(args: AllowedArgs, sudo: Sudo) -> Verdict:
    """sudo makes nobody root who is not."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    usual = sudo.defaults.get("runas_default", "root")
    return none_of(
        _offending(sudo, lambda grant: not grant.negated and _as_root(grant.runas, usual),
                   args.allowed),
        msg("no rule of sudo leads to root"),
        msg("{count} rules of sudo lead to root: {names}"),
    )  # fmt: skip


def _as_root(runas: str | None, usual: str) -> bool:
    """True if this list of users holds root; the last that matches decides."""
    if runas is None:
        return usual in _ROOT
    found = False
    for name in runas.split(":")[0].split(","):
        bare = name.strip().lstrip("! ")
        if bare in (*_ROOT, "ALL"):
            found = "!" not in name
    return found


def _offending(sudo: Sudo, wrong: Callable[[Item], bool], allowed: Iterable[str]) -> list[str]:
    excepted = {*allowed, *_ROOT}
    return [
        _rule(rule, bad)
        for rule in sudo.rules
        if not {user for user in rule.users if not user.startswith("!")} <= excepted
        for bad in [[grant for grant in rule.grants if wrong(grant)]]
        if bad
    ]


def _rule(rule: SudoRule, grants: Iterable[Item]) -> str:
    commands = ", ".join(dict.fromkeys(map(_grant, grants)))
    return f"{rule.who} {commands} ({rule.file}:{rule.line})"


def _grant(one: Item) -> str:
    runas = f"({one.runas})" if one.runas else ""
    command = f"{'!' * one.negated}{one.command}"
    return " ".join(filter(None, [runas, *sorted(one.tags), command]))
