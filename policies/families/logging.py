"""Logging and time."""

from __future__ import annotations

import re
from typing import Literal

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._expect import Expect
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed, unless_unread
from policies.families.units import UnitArgs, enabled
from policies.model import Verdict
from scanners.host.facts.logging import Logging, TimeSync
from scanners.host.facts.software import Units


class ForwardArgs(Args):
    """How messages must travel, and where to (empty: to any server)."""

    tls: bool = True
    verified: bool = True
    server: str = ""


@family("logging.forward", needs=(Logging,), args=ForwardArgs)
def forward(args: ForwardArgs, logging: Logging) -> Verdict:
    """Messages go to a central server, encrypted, and to nobody else."""
    evidence = [f"{one.protocol}://{one.host}:{one.port} tls={one.tls} verified={one.verified}"
                for one in logging.forwards]  # fmt: skip
    if not logging.forwards:
        return unless_unread(failed(msg("messages are sent nowhere")), logging.unread, None)
    if args.server and all(one.host.lower() != args.server.lower() for one in logging.forwards):
        reason = msg("messages are not sent to {host}", host=args.server)
        return unless_unread(failed(reason, evidence), logging.unread, None)
    plain = [f"{one.host}:{one.port}" for one in logging.forwards if args.tls and not one.tls]
    if plain:
        return failed(msg("messages travel in the clear to {names}", names=", ".join(plain)),
                      evidence)  # fmt: skip
    blind = [f"{one.host}:{one.port}" for one in logging.forwards
             if args.verified and not one.verified]  # fmt: skip
    if blind:
        return failed(msg("nobody checks who receives the messages: {names}",
                          names=", ".join(blind)), evidence)  # fmt: skip
    if not (args.tls and args.verified):
        names = ", ".join(f"{one.host}:{one.port}" for one in logging.forwards)
        return passed(msg("messages go to {names}", names=names), evidence)
    good = passed(msg("messages go encrypted to a server that is checked"), evidence)
    return unless_unread(good, logging.unread)


class StreamArgs(Args):
    """One setting of the network stream driver, and its values (none: any)."""

    setting: Literal["mode", "authentication", "driver", "authorities"]
    one_of: tuple[str, ...] = ()


@family("logging.stream", needs=(Logging,), args=StreamArgs)
def stream(args: StreamArgs, logging: Logging) -> Verdict:
    """rsyslog's network stream driver is set as asked, for every action that sends by it."""
    found = logging.streams.get(args.setting, ())
    evidence = [f"{args.setting}: {value or '-'}" for value in found]
    if found and all(value in args.one_of if args.one_of else value for value in found):
        reason = msg("{option} is {found}", option=args.setting, found=", ".join(found))
        return unless_unread(passed(reason, evidence), logging.unread)
    bad = failed(
        msg("{option} is {found}, not {wanted}", option=args.setting,
            found=", ".join(value or "-" for value in found) or "-",
            wanted=" | ".join(args.one_of) or "*"),
        evidence,
    )  # fmt: skip
    return unless_unread(bad, logging.unread, "fail" if found else None)


class ModeArgs(Args):
    """The widest mode, octal."""

    mode: str


@family("logging.file-mode", needs=(Logging,), args=ModeArgs)
def file_mode(args: ModeArgs, logging: Logging) -> Verdict:
    """New log files are closed to others."""
    if logging.file_mode is None:
        return not_applicable(msg("rsyslog is not configured"))
    found = f"{logging.file_mode:04o}"
    good = not logging.file_mode & ~int(args.mode, 8)
    reason = msg("rsyslog makes files with mode {found}; at most {wanted}", found=found,
                 wanted=args.mode)  # fmt: skip
    verdict = (passed if good else failed)(reason, [f"$FileCreateMode {found}"])
    return unless_unread(verdict, logging.unread)


class JournalArgs(Expect):
    """A key of journald.conf, and its default."""

    key: str
    default: str


@family("logging.journald", needs=(Logging,), args=JournalArgs)
def journald(args: JournalArgs, logging: Logging) -> Verdict:
    """journald keeps messages as asked."""
    said = logging.journald.get(args.key.lower(), args.default)
    found = _meant(args.key, said)
    evidence = [f"{args.key}={said}"]
    if args.key == "Storage" and found == "auto":
        if logging.journal_folder is None:
            return not_evaluated(msg("nobody looked for {path}", path="/var/log/journal"), evidence)
        found = "persistent" if logging.journal_folder else "volatile"
        evidence.append(f"/var/log/journal: {'directory' if logging.journal_folder else '-'}")
    if args.holds(found):
        return passed(msg("{option} is {found}", option=args.key, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=args.key, found=found, wanted=args.wanted),
        evidence,
    )


_BOOLEANS = {
    **dict.fromkeys(("1", "yes", "y", "true", "t", "on"), "yes"),
    **dict.fromkeys(("0", "no", "n", "false", "f", "off"), "no"),
}
_STORAGES = ("auto", "persistent", "volatile", "none")


def _meant(key: str, value: str) -> str:
    """What journald makes of a value: a word that it does not know leaves the default, and
    `Compress=` may be a size from which on it compresses."""
    if key == "Storage":
        return value if value in _STORAGES else "auto"
    if key == "Compress" and re.fullmatch(r"[0-9]{2,18}|[0-9]{1,18}[BKMGTPE]", value, re.ASCII):
        return "yes"
    return _BOOLEANS.get(value.lower(), value)


class DaemonArgs(Args):
    """Daemons of which one must keep the time; each runs as the service of its name."""

    daemons: tuple[str, ...]


@family("time.daemon", needs=(TimeSync, Units), args=DaemonArgs)
def daemon(args: DaemonArgs, time: TimeSync, units: Units) -> Verdict:
    """A daemon keeps the clock right."""
    if time.daemon is None:
        return failed(msg("no daemon keeps the clock right"))
    if time.daemon not in args.daemons:
        return failed(msg("the clock is kept by {found}, not {wanted}", found=time.daemon,
                          wanted=" | ".join(args.daemons)))  # fmt: skip
    if not time.installed:
        return not_evaluated(
            msg("{tool} is configured, but it is not known whether it is installed",
                tool=time.daemon)
        )  # fmt: skip
    started = enabled(UnitArgs(units=(f"{time.daemon}.service",)), units)
    if started.status != "pass":  # installed and configured, but masked, disabled or stopped
        return started
    return passed(msg("the clock is kept by {found}", found=time.daemon),
                  [time.daemon, *started.evidence])  # fmt: skip


class SourcesArgs(Args):
    """How many sources there must be at least."""

    minimum: int = 1
    servers: tuple[str, ...] = ()
    """What to name where nothing is named; any source will do."""


@family("time.sources", needs=(TimeSync,), args=SourcesArgs)
def sources(args: SourcesArgs, time: TimeSync) -> Verdict:
    """The clock follows named sources."""
    reason = msg("{count} time sources; at least {wanted}", count=len(time.sources),
                 wanted=args.minimum)  # fmt: skip
    good = len(time.sources) >= args.minimum
    return (passed if good else failed)(reason, time.sources)


@family("time.synchronised", needs=(TimeSync,), args=NoArgs)
def synchronised(_args: NoArgs, time: TimeSync) -> Verdict:
    """The clock is right now."""
    if time.synchronised is None:
        return not_evaluated(
            msg("nobody asked the time daemon")
            if time.daemon
            else msg("neither chrony nor systemd-timesyncd is there to be asked")
        )
    if time.synchronised:
        return passed(msg("the clock is synchronised"), time.sources)
    return failed(msg("the clock is not synchronised"), time.sources)


class UserArgs(Args):
    """The account that the daemon must run as."""

    user: str


@family("time.user", needs=(TimeSync,), args=UserArgs)
def time_user(args: UserArgs, time: TimeSync) -> Verdict:
    """chrony runs without root's rights."""
    if time.daemon != "chrony":
        return not_applicable(msg("chrony does not run here"))
    if time.user is None:
        return not_evaluated(msg("the user of chrony is not known"))
    reason = msg("chrony runs as {found}", found=time.user or "-")
    return (passed if time.user == args.user else failed)(reason, [f"user {time.user}"])
