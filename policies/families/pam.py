"""Lock-out, su and forbidden arguments, in PAM stacks as PAM walks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_answers import (
    OptionArgs,
    StackArgs,
    elsewhere,
    judge_option,
    no_service,
)
from policies.families._pam_modules import (
    FAILLOCK,
    FAILS,
    SKIPS,
    SUCCEEDS,
    UNIX,
    asking,
    faillock_action,
    lockout_gap,
    present,
    quote,
    settings,
    stack,
)
from policies.families._pam_run import Answer, ends
from policies.families._verdicts import failed, none_of, passed
from policies.model import Verdict
from scanners.host.facts.pam import Pam, PamLine

_DEFAULTS = {  # faillock.conf(5)
    "deny": "3", "fail_interval": "900", "unlock_time": "600", "even_deny_root": "0", "audit": "0",
    "dir": "/var/run/faillock",
}  # fmt: skip
_CONF = "/etc/security/faillock.conf"
_TIMES = ("unlock_time", "root_unlock_time")
_LOST_AT_BOOT = ("/run/", "/var/run/", "/tmp/", "/dev/shm/")  # noqa: S108 - names, nothing is written


def _options(line: PamLine, pam: Pam) -> dict[str, str]:
    """faillock.conf(5), then the line's own arguments; what root is given follows from others."""
    given = {**pam.faillock, **settings(line)}
    options = {**_DEFAULTS, **given}
    if "root_unlock_time" in given:
        options["even_deny_root"] = "1"
    locks_root = options["even_deny_root"] != "0"
    options["root_unlock_time"] = given.get("root_unlock_time", options["unlock_time"]) \
        if locks_root else "-"  # fmt: skip
    return options


def _counting(auth: Sequence[PamLine], pam: Pam) -> set[int]:
    """Places of lines that count or refuse.

    A line that refuses after more failures than the counting one writes down never refuses: at its
    own limit pam_faillock stops counting.
    """
    deny = {place: as_integer(_options(line, pam)["deny"]) or 0
            for place, line in enumerate(auth) if line.module == FAILLOCK}  # fmt: skip
    counters = [deny[place] or 1 << 30 for place in deny
                if faillock_action(auth[place]) == "authfail"]  # fmt: skip
    return {place for place, limit in deny.items()
            if faillock_action(auth[place]) == "authfail"
            or 0 < limit <= min(counters, default=0)}  # fmt: skip


@family("pam.lockout", needs=(Pam,), args=StackArgs)
def lockout(args: StackArgs, pam: Pam) -> Verdict:
    """Failed logins are counted and refused before the password is looked at."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence = []
    for service in services:
        lines = stack(pam, service, "auth")
        unread = elsewhere((line for line in lines if line.module == FAILLOCK), _CONF)
        if unread:
            return unread
        evidence += [quote(line) for line in lines if line.module in (FAILLOCK, UNIX)]
    gaps = _gaps(services, pam)
    if gaps:
        return failed(msg("failed logins are not counted: {names}", names="; ".join(gaps)),
                      evidence)  # fmt: skip
    return passed(msg("failed logins are counted in {services}", services=", ".join(services)),
                  evidence)  # fmt: skip


def _gaps(services: Iterable[str], pam: Pam) -> list[str]:
    """The services that lock nobody out, each with the line that it lacks."""
    found = []
    for service in services:
        lines = stack(pam, service, "auth")
        gap = lockout_gap(lines, stack(pam, service, "account"), _counting(lines, pam))
        found += [f"{service}: {gap}"] if gap else []
    return found


class _Lasting(OptionArgs):
    """Seconds of faillock.conf(5), where 0 and `never` last until somebody unlocks the account:
    as what is asked for they are more than any number, and end at no upper bound."""

    def holds(self, value: str) -> bool:
        """True if it lasts as long as asked."""
        if value.strip() in ("0", "never"):
            return self.minimum == 0 or self.maximum is None
        return self.minimum != 0 and super().holds(value)

    @property
    def wanted(self) -> str:
        """As any bounds; `never` where no number will do."""
        return "never" if self.minimum == 0 else super().wanted


@family("pam.lockout-option", needs=(Pam,), args=OptionArgs)
def lockout_option(args: OptionArgs, pam: Pam) -> Verdict:
    """A value of the lock-out is as asked, on every line that counts failures."""
    if args.option in _TIMES:
        args = _Lasting(**args.model_dump())
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    found, evidence = {}, []
    for service in services:
        lines = [line for line in stack(pam, service, "auth") if line.module == FAILLOCK]
        unread = elsewhere(lines, _CONF)
        if unread:
            return unread
        if not lines:
            return failed(msg("{module} is not in {service}", module=FAILLOCK, service=service))
        for line in lines:
            value = _options(line, pam).get(args.option, "0")
            key = service if args.holds(value) else f"{service} ({line.file}:{line.line})"
            found[key] = value
            evidence += [quote(line), f"{service}: {args.option} = {value}"]
    verdict = judge_option(args, found, evidence)
    gaps = _gaps(services, pam) if verdict.status == "pass" else []
    if gaps:
        return failed(msg("failed logins are not counted: {names}", names="; ".join(gaps)),
                      evidence)  # fmt: skip
    return verdict


class DurationArgs(Args):
    """How many seconds at least; 0 until somebody unlocks the account."""

    services: tuple[str, ...]
    minimum: int


@family("pam.lockout-duration", needs=(Pam,), args=DurationArgs)
def lockout_duration(args: DurationArgs, pam: Pam) -> Verdict:
    """A locked account stays locked so long, or until somebody unlocks it."""
    asked = OptionArgs(services=args.services, option="unlock_time", minimum=args.minimum)
    return lockout_option(asked, pam)


@family("pam.lockout-kept", needs=(Pam,), args=StackArgs)
def lockout_kept(args: StackArgs, pam: Pam) -> Verdict:
    """Counted failures outlive a restart of the machine."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence: list[str] = []
    for service in services:
        lines = [line for line in stack(pam, service, "auth") if line.module == FAILLOCK]
        unread = elsewhere(lines, _CONF)
        if unread:
            return unread
        if not lines:
            return failed(msg("{module} is not in {service}", module=FAILLOCK, service=service))
        folders = [_options(line, pam)["dir"] for line in lines]
        lost = [folder for folder in folders if f"{folder}/".startswith(_LOST_AT_BOOT)]
        evidence += [f"{service}: dir = {folder}" for folder in folders]
        if lost:
            return failed(msg("{path} is empty after each start of the machine", path=lost[0]),
                          evidence)  # fmt: skip
    return passed(msg("counted failures are kept in {path}", path=folders[-1]), evidence)


class ArgumentArgs(Args):
    """An argument that no line of a module may carry."""

    module: str
    argument: str
    types: tuple[str, ...] = ("auth", "account", "password", "session")


@family("pam.without-argument", needs=(Pam,), args=ArgumentArgs)
def without_argument(args: ArgumentArgs, pam: Pam) -> Verdict:
    """No stack gives a module this argument."""
    lines = {
        quote(line)
        for every in pam.services.values()
        for line in every
        if line.module == args.module
        and line.type in args.types
        and any(_means(word, args) for word in line.arguments)
    }
    return none_of(
        sorted(lines),
        msg("no PAM stack gives {module} the argument {argument}", module=args.module,
            argument=args.argument),
        msg("{count} PAM lines give {module} the argument {argument}: {names}", module=args.module,
            argument=args.argument),
    )  # fmt: skip


def _means(word: str, args: ArgumentArgs) -> bool:
    """pam_unix compares beginnings: `nullok_secure` is `nullok`, `remember=5` is `remember`."""
    if args.module == UNIX:
        return word.startswith(args.argument)
    return word.split("=", maxsplit=1)[0] == args.argument


class WheelArgs(Args):
    """The service that only members of a group may use."""

    service: str


class WheelGroupArgs(WheelArgs):
    """The service, and the group that must be named."""

    group: str = ""
    """Empty: any, but one must be named."""


@family("pam.wheel", needs=(Pam,), args=WheelArgs)
def wheel(args: WheelArgs, pam: Pam) -> Verdict:
    """Only members of a group may become another user."""
    if args.service not in pam.services:
        return no_service([args.service])
    lines = stack(pam, args.service, "auth")
    stranger = asking(
        {"pam_wheel.so": _to_strangers, "pam_rootok.so": lambda _line: FAILS},
        SUCCEEDS,
    )
    if any(end.granted for end in ends(lines, stranger)):
        return failed(msg("{service} is open to every account", service=args.service),
                      map(quote, lines))  # fmt: skip
    return passed(msg("{service} asks for membership of a group", service=args.service),
                  [quote(line) for line in lines if line.module == "pam_wheel.so"])  # fmt: skip


@family("pam.wheel-group", needs=(Pam,), args=WheelGroupArgs)
def wheel_group(args: WheelGroupArgs, pam: Pam) -> Verdict:
    """Only members of a group that is named may become another user, by their present uid."""
    shut = wheel(args, pam)
    if shut.status != "pass":
        return shut
    lines = [line for line in stack(pam, args.service, "auth") if line.module == "pam_wheel.so"]
    found = {settings(line).get("group", "") for line in lines}
    if "" in found:
        return failed(msg("{service} names no group, so that it goes by wheel or by root’s",
                          service=args.service), map(quote, lines))  # fmt: skip
    if args.group and found != {args.group}:
        return failed(msg("{service} names the group {found}, not {wanted}", service=args.service,
                          found=", ".join(sorted(found)), wanted=args.group),
                      map(quote, lines))  # fmt: skip
    if any("use_uid" not in line.arguments for line in lines):
        return failed(msg("{module} goes by the name of the login, not by who asks",
                          module="pam_wheel.so"), map(quote, lines))  # fmt: skip
    return shut


def _to_strangers(line: PamLine) -> Sequence[Answer]:
    """What pam_wheel(8) says to somebody outside its group who wants to be some other user."""
    words = set(line.arguments)
    if "root_only" in words:
        return SKIPS
    if "deny" in words:
        return SUCCEEDS if "trust" in words else SKIPS
    return FAILS
