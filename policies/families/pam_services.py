"""Which modules the services of PAM really come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_answers import StackArgs, no_service
from policies.families._pam_modules import (
    FAILLOCK,
    FAILS,
    SUCCEEDS,
    UNIX,
    asking,
    present,
    quote,
    reached,
    settings,
    stack,
    unlocked,
)
from policies.families._pam_run import IGNORE, Answer, ends
from policies.families._verdicts import failed, none_of, passed
from policies.model import Verdict
from scanners.host.facts.accounts import Accounts, LoginDefs
from scanners.host.facts.pam import Pam, PamLine


class ModuleArgs(Args):
    """A module, the types of line it must have, and the arguments it must and must not carry."""

    services: tuple[str, ...]
    module: str
    types: tuple[Literal["auth", "account", "password", "session"], ...]
    arguments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@family("pam.module", needs=(Pam,), args=ModuleArgs)
def module_present(args: ModuleArgs, pam: Pam) -> Verdict:
    """A module works in these services, with these arguments."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence, gaps = [], []
    for service in services:
        for kind in args.types:
            lines = stack(pam, service, kind)
            places = reached(lines, lambda line: _is_as_asked(line, args))
            evidence += [quote(lines[place]) for place in sorted(places)]
            gaps += [] if places else [f"{service} ({kind})"]
    words = " ".join([args.module, *args.arguments])
    if gaps:
        return failed(msg("{module} is missing from {services}", module=words,
                          services=", ".join(gaps)), evidence)  # fmt: skip
    return passed(msg("{module} works in {services}", module=words,
                      services=", ".join(services)), evidence)  # fmt: skip


def _is_as_asked(line: PamLine, args: ModuleArgs) -> bool:
    words = set(line.arguments)
    return line.module == args.module and words >= set(args.arguments) \
        and words.isdisjoint(args.without)  # fmt: skip


@family("pam.asks-for-secret", needs=(Pam,), args=StackArgs)
def asks_for_secret(args: StackArgs, pam: Pam) -> Verdict:
    """Nobody gets through these services without a secret."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    ask = asking({FAILLOCK: unlocked, "pam_wheel.so": _to_members}, FAILS)
    open_ones, evidence = [], []
    for service in services:
        lines = stack(pam, service, "auth")
        evidence += [quote(line) for line in lines]
        if any(end.granted for end in ends(lines, ask)):
            open_ones.append(service)
    if open_ones:
        return failed(msg("{services} may let somebody in without a secret",
                          services=", ".join(open_ones)), evidence)  # fmt: skip
    return passed(msg("nobody gets through {services} without a secret",
                      services=", ".join(services)), evidence)  # fmt: skip


def _to_members(line: PamLine) -> Sequence[Answer]:
    return SUCCEEDS if "trust" in line.arguments else (IGNORE,)


class DelayArgs(Args):
    """How long a failed login must take, in seconds."""

    services: tuple[str, ...]
    minimum: int


@family("pam.fail-delay", needs=(Pam, LoginDefs), args=DelayArgs)
def fail_delay(args: DelayArgs, pam: Pam, defs: LoginDefs) -> Verdict:
    """A failed login takes its time."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence = []
    for service in services:
        lines = stack(pam, service, "auth")
        delays = {quote(line): _delay(line, pam, defs) for line in lines}
        evidence += [f"{words} ({seconds:g} s)" for words, seconds in delays.items() if seconds]
        longest = max(delays.values(), default=0.0)
        if longest < args.minimum:
            return failed(msg("a failed login takes {found} s in {service}, not {wanted}",
                              found=f"{longest:g}", service=service, wanted=args.minimum),
                          evidence)  # fmt: skip
    return passed(msg("a failed login takes {wanted} s or more", wanted=args.minimum), evidence)


def _delay(line: PamLine, pam: Pam, defs: LoginDefs) -> float:
    """Seconds that a line asks for; libpam takes the longest that any asks for."""
    options = settings(line)
    if line.module == "pam_faildelay.so":
        if "delay" in options:
            return (as_integer(options["delay"]) or 0) / 1e6
        return float(as_integer(defs.values.get("FAIL_DELAY", "")) or 0)
    if line.module == UNIX:
        return 0.0 if "nodelay" in options else 2.0
    if line.module == FAILLOCK:
        return 0.0 if "nodelay" in {**pam.faillock, **options} else 2.0
    return 0.0


class GroupArgs(Args):
    """The service, and the group that may use it."""

    service: str
    group: str = ""
    """Empty: whichever the stack names."""
    usual: str = ""
    """The group that is meant where nobody names one."""


@family("pam.wheel-group-empty", needs=(Pam, Accounts), args=GroupArgs)
def wheel_group_empty(args: GroupArgs, pam: Pam, accounts: Accounts) -> Verdict:
    """The group whose members may become another user has no members."""
    lines = [line for line in stack(pam, args.service, "auth") if line.module == "pam_wheel.so"] \
        if args.service in pam.services else []  # fmt: skip
    names = [settings(line).get("group") for line in lines]
    group = args.group or next(filter(None, names), args.usual)
    found = next((one for one in accounts.groups if one.name == group), None)
    if found is None:
        return failed(msg("there is no group called {group}", group=group), map(quote, lines))
    primary = [one.name for one in accounts.accounts if one.gid == found.gid]
    return none_of(
        [*found.members, *primary],
        msg("the group {group} has no members", group=group),
        msg("{count} accounts are in the group {group}: {names}", group=group),
    )
