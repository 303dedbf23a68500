"""Single accounts, their passwords' ages, and what their shells start with."""

from __future__ import annotations

import re
from typing import Literal

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._expect import Expect
from policies.families._pam_modules import reached, settings, stack
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.families._versions import at_least
from policies.families.accounts import of_passwords
from policies.model import Verdict
from scanners.host.facts.accounts import Account, Accounts, LoginDefs
from scanners.host.facts.logind import Logind
from scanners.host.facts.pam import Pam
from scanners.host.facts.software import Packages
from scanners.host.facts.system import System
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing, Taken
from scanners.host.reading import glob_matches

_DAY = 86_400


def _has_password(account: Account) -> bool:
    return account.password not in ("none", "locked")


@family("accounts.changed-in-past", needs=(Accounts,), args=NoArgs, helps=(System, Taken))
def changed_in_past(
    _args: NoArgs, accounts: Accounts, system: System | Missing, taken: Taken | Missing
) -> Verdict:
    """No password was changed after today, which would keep it from ever expiring."""
    dated = [one for one in accounts.accounts if _has_password(one) and one.changed is not None]
    if not dated:
        return passed(msg("no password has a date of its last change"))
    own = None if isinstance(system, Missing) else system.clock
    if own is None and isinstance(taken, Missing):
        return not_evaluated(msg("it is not known when this was read"))
    now = taken.seconds if own is None and isinstance(taken, Taken) else own or 0
    today = now // _DAY
    return none_of(
        (f"{one.name} ({one.changed})" for one in dated if (one.changed or 0) > today),
        msg("every password was changed in the past"),
        msg("{count} passwords were changed in the future: {names}"),
    )


class FieldArgs(Expect):
    """A number of days in shadow(5), and whose."""

    field: Literal["min_days", "max_days", "warn_days", "inactive_days"]
    names: tuple[str, ...] = ()
    """Empty: everybody who has a password."""


@family("accounts.shadow-days", needs=(Accounts,), args=FieldArgs)
def shadow_days(args: FieldArgs, accounts: Accounts) -> Verdict:
    """The ages of passwords that exist are as asked."""
    found = {
        one.name: getattr(one, args.field)
        for one in accounts.accounts
        if (one.name in args.names if args.names else one.password != "locked")  # noqa: S105
    }
    if args.names and not found:
        return not_applicable(msg("there is no account called {names}",
                                  names=", ".join(args.names)))  # fmt: skip
    verdict = none_of(
        [f"{name} ({'-' if days is None else days})" for name, days in found.items()
         if days is None or not args.holds(str(days))],
        msg("{field} of every password is {wanted}", field=args.field, wanted=args.wanted),
        msg("{field} of {count} passwords is not {wanted}: {names}", field=args.field,
            wanted=args.wanted),
    )  # fmt: skip
    return of_passwords(verdict, accounts)


@family("accounts.root-controlled", needs=(Accounts,), args=NoArgs)
def root_controlled(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Root has a password, or takes none."""
    open_ones = [one.name for one in accounts.accounts
                 if one.uid == 0 and one.password == "none"]  # noqa: S105  # fmt: skip
    verdict = none_of(
        open_ones,
        msg("root has a password or takes none"),
        msg("root opens without a password: {names}"),
    )
    return of_passwords(verdict, accounts)


@family("accounts.group-zero", needs=(Accounts,), args=NoArgs)
def group_zero(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Only the group root has gid 0."""
    return none_of(
        (one.name for one in accounts.groups if one.gid == 0 and one.name != "root"),
        msg("only the group root has gid 0"),
        msg("{count} other groups have gid 0: {names}"),
    )


class ShellsArgs(Args):
    """Shells (last part of their paths) that must not be listed."""

    forbidden: tuple[str, ...]


class TerminalArgs(Args):
    """The file of terminals at which root may log in."""

    path: str


@family("accounts.no-terminals", needs=(TextFiles,), args=TerminalArgs)
def no_terminals(args: TerminalArgs, files: TextFiles) -> Verdict:
    """The list of terminals at which root may log in is there and empty."""
    if args.path in files.unreadable or not files.asked_for(args.path):
        return not_evaluated(msg("{path} could not be read", path=args.path))
    if args.path not in files.texts:
        return failed(msg("{path} does not exist", path=args.path))
    lines = (line.strip() for line in files.texts[args.path].splitlines())
    return none_of(
        [line for line in lines if line and not line.startswith("#")],
        msg("{path} lists no terminal", path=args.path),
        msg("{path} lists {names}", path=args.path),
    )


@family("accounts.listed-shells", needs=(TextFiles,), args=ShellsArgs)
def listed_shells(args: ShellsArgs, files: TextFiles) -> Verdict:
    """/etc/shells lists no program that lets nobody in."""
    path = "/etc/shells"
    if path in files.unreadable or not files.asked_for(path):
        return not_evaluated(msg("{path} could not be read", path=path))
    lines = (line.split("#")[0].strip() for line in files.texts.get(path, "").splitlines())
    return none_of(
        [line for line in lines if line.rsplit("/", 1)[-1] in args.forbidden],
        msg("{path} lists no shell that lets nobody in", path=path),
        msg("{path} lists {names}", path=path),
    )


class ShellMaskArgs(Args):
    """Bits that must be taken away, and the files in which shells set their umask."""

    mask: str
    files: tuple[str, ...]
    may_inherit: bool = False
    """True if files that set none are good: what they start with is asked elsewhere."""


_UMASK = re.compile(
    r"(?:^|[;&|({]|\b(?:then|else|do))[ \t]*umask[ \t]+(?:-[Sp][ \t]+)*([^\s;&|)}#-][^\s;&|)}#]*)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*", re.MULTILINE)


@family("accounts.shell-umask", needs=(TextFiles,), args=ShellMaskArgs, helps=(Pam, LoginDefs))
def shell_umask(
    args: ShellMaskArgs, files: TextFiles, pam: Pam | Missing, defs: LoginDefs | Missing
) -> Verdict:
    """Files that people make in a shell are closed to others."""
    wanted = int(args.mask, 8)
    globs = args.files
    hidden = [path for path in files.unreadable if any(glob_matches(g, path) for g in globs)]
    if hidden or not all(glob in files.asked or files.asked_for(glob) for glob in globs):
        return not_evaluated(msg("{path} could not be read", path=(hidden or list(globs))[0]))
    found = [(path, value) for path, text in sorted(files.texts.items())
             if any(glob_matches(glob, path) for glob in globs)
             for value in _UMASK.findall(_COMMENT.sub("", text))]  # fmt: skip
    if not found:
        if args.may_inherit:
            return passed(msg("{path} sets no umask of its own", path=", ".join(globs)))
        return _inherited(wanted, args.mask, pam, defs)
    evidence = [f"{path}: umask {value}" for path, value in found]
    masks = [_mask(value) for _path, value in found]
    weak = [words for words, mask in zip(evidence, masks, strict=True)
            if mask is not None and mask & wanted != wanted]  # fmt: skip
    if weak:
        return failed(msg("{names}, not {wanted}", names=", ".join(weak), wanted=args.mask),
                      evidence)  # fmt: skip
    if None in masks:
        return not_evaluated(msg("{names} is computed", names=evidence[masks.index(None)]))
    return passed(msg("{option} is {found}", option="umask", found=found[-1][1]), evidence)


def _inherited(wanted: int, mask: str, pam: Pam | Missing, defs: LoginDefs | Missing) -> Verdict:
    """What a session starts with: pam_umask's, else 022, as systemd and login leave it."""
    if isinstance(pam, Missing):
        return not_evaluated(pam.reason)
    if isinstance(defs, Missing):
        return not_evaluated(defs.reason)
    value, evidence = "022", "no pam_umask: 022"
    if "login" in pam.services:
        lines = stack(pam, "login", "session")
        for place in reached(lines, lambda line: line.module == "pam_umask.so"):
            value = settings(lines[place]).get("umask", defs.values.get("UMASK", "022"))
            evidence = f"pam_umask: {value}"
    number = _mask(value)
    if number is not None and number & wanted == wanted:
        return passed(msg("{option} is {found}", option="umask", found=value), [evidence])
    return failed(msg("{names}, not {wanted}", names=evidence, wanted=mask), [evidence])


def _mask(text: str) -> int | None:
    """Octal or `u=rwx,g=rx,o=`; None for what only a shell can compute."""
    text = text.strip("\"'")
    if re.fullmatch(r"[0-7]{1,4}", text, re.ASCII):
        return int(text, 8)
    mask = 0o777
    for part in text.split(","):
        match = re.fullmatch(r"([ugoa]*)=([rwx]*)", part)
        if not match:
            return None
        bits = sum({"r": 4, "w": 2, "x": 1}[char] for char in set(match[2]))
        for who in set(match[1].replace("a", "ugo") or "ugo"):
            shift = {"u": 6, "g": 3, "o": 0}[who]
            mask = mask & ~(7 << shift) | ((7 & ~bits) << shift)
    return mask if text.count("=") and {"u", "g", "o"} <= set(text.replace("a", "ugo")) else None


class IdleArgs(Args):
    """After how many idle seconds a session ends."""

    maximum: int


@family("accounts.idle-session", needs=(Logind,), args=IdleArgs, helps=(Packages,))
def idle_session(args: IdleArgs, logind: Logind, packages: Packages | Missing) -> Verdict:
    """systemd-logind ends sessions that nobody uses."""
    version = "252" if isinstance(packages, Missing) else packages.versions.get("systemd")
    if version is None:
        return not_applicable(msg("not installed: {packages}", packages="systemd"))
    if not at_least(version, "252"):
        return failed(msg("systemd {version} ends no idle sessions", version=version))
    found = logind.values.get("stopidlesessionsec", "infinity")
    seconds = _span(found)
    reason = msg("{option} is {found}, at most {wanted} s are asked", option="StopIdleSessionSec",
                 found=found, wanted=args.maximum)  # fmt: skip
    good = seconds is not None and 0 < seconds <= args.maximum
    return (passed if good else failed)(reason, [f"StopIdleSessionSec={found}"])


_UNITS = {
    "us": 1e-6, "usec": 1e-6, "ms": 1e-3, "msec": 1e-3, "": 1, "s": 1, "sec": 1, "second": 1,
    "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600,
    "hour": 3600, "hours": 3600, "d": _DAY, "day": _DAY, "days": _DAY, "w": 7 * _DAY,
    "week": 7 * _DAY, "weeks": 7 * _DAY,
}  # fmt: skip
"""systemd.time(7)."""


def _span(text: str) -> float | None:
    """Seconds of a time span such as `5min 30s`; None for `infinity` and for nonsense."""
    parts = re.findall(r"\s*(\d{1,9})\s*([a-z]*)\s*", text, re.ASCII)
    if not re.fullmatch(r"(?:\s*\d{1,9}\s*[a-z]*\s*)+", text, re.ASCII):
        return None
    if any(unit not in _UNITS for _number, unit in parts):
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
