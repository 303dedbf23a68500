"""Root, its terminals, shells that are listed, and sessions that nobody uses."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.families._versions import at_least
from policies.families.accounts import of_passwords
from policies.model import Verdict
from scanners.host.facts.accounts import Accounts
from scanners.host.facts.logind import Logind
from scanners.host.facts.software import Packages
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing

_DAY = 86_400


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
