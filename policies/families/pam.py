"""PAM stacks as PAM walks them: a module counts only where the stack reaches it in time."""

from __future__ import annotations

from collections.abc import Iterable

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import Expect, as_integer
from policies.families._verdicts import failed, none_of, not_applicable, passed
from policies.model import Verdict
from scanners.host.facts.pam import Pam, PamLine

_UNIX = "pam_unix.so"
_BINDING = ("required", "requisite")
_QUALITY_DEFAULTS = {  # pwquality.conf(5)
    "difok": "1", "minlen": "8", "dcredit": "0", "ucredit": "0", "lcredit": "0", "ocredit": "0",
    "minclass": "0", "maxrepeat": "0", "maxsequence": "0", "maxclassrepeat": "0", "gecoscheck": "0",
    "dictcheck": "1", "usercheck": "1", "enforcing": "1", "retry": "1", "enforce_for_root": "0",
}  # fmt: skip
_FAILLOCK_DEFAULTS = {  # faillock.conf(5)
    "deny": "3", "fail_interval": "900", "unlock_time": "600", "even_deny_root": "0", "audit": "0",
}  # fmt: skip


class StackArgs(Args):
    """Services that are judged where they exist; none of them existing is no pass."""

    services: tuple[str, ...]


class OptionArgs(Expect):
    """A module's option, wherever it is set."""

    services: tuple[str, ...]
    option: str


def _stack(pam: Pam, service: str, kind: str) -> list[PamLine]:
    return [line for line in pam.services[service] if line.type.lstrip("-") == kind]


def _present(pam: Pam, services: Iterable[str]) -> list[str]:
    return [service for service in services if service in pam.services]


def _place(lines: list[PamLine], module: str, *words: str) -> int | None:
    """The first line of a module that has all these arguments."""
    for place, line in enumerate(lines):
        if line.module == module and set(words) <= set(line.arguments):
            return place
    return None


def _refuses(control: str) -> bool:
    """True if a failure of this module makes the whole stack fail."""
    if control in _BINDING:
        return True
    if not control.startswith("["):
        return False
    actions = dict(pair.split("=", 1) for pair in control.strip("[]").split() if "=" in pair)
    return actions.get("default", "ignore") in ("die", "bad")


def _settings(line: PamLine) -> dict[str, str]:
    """A line's arguments as options; a bare word is a flag."""
    pairs = (argument.partition("=") for argument in line.arguments)
    return {name: value if equals else "1" for name, equals, value in pairs}


def _quote(line: PamLine) -> str:
    words = " ".join([line.type, line.control, line.module, *line.arguments])
    return f"{line.file}:{line.line}: {words}"


_NO_SERVICE = msg("none of these PAM services exists: {services}")


def _no_service(services: Iterable[str]) -> Verdict:
    return not_applicable(msg(_NO_SERVICE.template, services=", ".join(services)))


def _judge_option(args: OptionArgs, found: dict[str, str], evidence: list[str]) -> Verdict:
    """`found` is the effective value by service."""
    wrong = {service: value for service, value in found.items() if not args.holds(value)}
    if wrong:
        where = ", ".join(f"{service}: {value}" for service, value in wrong.items())
        return failed(
            msg("{option} is {found}, not {wanted}", option=args.option, found=where,
                wanted=args.wanted),
            evidence,
        )  # fmt: skip
    value = ", ".join(sorted(set(found.values())))
    return passed(msg("{option} is {found}", option=args.option, found=value), evidence)


@family("pam.quality", needs=(Pam,), args=OptionArgs)
def quality(args: OptionArgs, pam: Pam) -> Verdict:
    """New passwords are judged by pwquality with this option, before they are stored."""
    services = _present(pam, args.services)
    if not services:
        return _no_service(args.services)
    found, evidence = {}, []
    for service in services:
        lines = _stack(pam, service, "password")
        guard, store = _place(lines, "pam_pwquality.so"), _place(lines, _UNIX)
        if guard is None or (store is not None and store < guard):
            return failed(msg("{module} does not stand before {other} in {service}",
                              module="pam_pwquality.so", other=_UNIX, service=service),
                          map(_quote, lines))  # fmt: skip
        if not _refuses(lines[guard].control):
            return failed(msg("{module} in {service} is {control}: it cannot refuse",
                              module="pam_pwquality.so", service=service,
                              control=lines[guard].control), [_quote(lines[guard])])  # fmt: skip
        options = {**_QUALITY_DEFAULTS, **pam.pwquality, **_settings(lines[guard])}
        found[service] = _quality_value(args.option, options)
        evidence += [_quote(lines[guard]), f"{service}: {args.option} = {found[service]}"]
    return _judge_option(args, found, evidence)


def _quality_value(option: str, options: dict[str, str]) -> str:
    """The effective value: positive credits make a short password pass, so they lower `minlen`."""
    if option == "minlen":
        credit = sum(max(0, as_integer(options[f"{kind}credit"]) or 0) for kind in "dulo")
        length = as_integer(options["minlen"])
        return options["minlen"] if length is None else str(length - credit)
    if option == "minclass":
        demanded = sum((as_integer(options[f"{kind}credit"]) or 0) < 0 for kind in "dulo")
        classes = as_integer(options["minclass"])
        return options["minclass"] if classes is None else str(max(classes, demanded))
    return options.get(option, "0")


@family("pam.lockout", needs=(Pam,), args=StackArgs)
def lockout(args: StackArgs, pam: Pam) -> Verdict:
    """Failed logins are counted and refused before the password is looked at."""
    services = _present(pam, args.services)
    if not services:
        return _no_service(args.services)
    gaps, evidence = [], []
    for service in services:
        lines = _stack(pam, service, "auth")
        gap = _lockout_gap(lines, _stack(pam, service, "account"))
        gaps += [f"{service}: {gap}"] if gap else []
        evidence += [_quote(line) for line in lines if line.module in ("pam_faillock.so", _UNIX)]
    if gaps:
        return failed(msg("failed logins are not counted: {names}", names="; ".join(gaps)),
                      evidence)  # fmt: skip
    return passed(msg("failed logins are counted in {services}", services=", ".join(services)),
                  evidence)  # fmt: skip


def _lockout_gap(auth: list[PamLine], account: list[PamLine]) -> str | None:
    """What is missing from a stack that counts failures, or None."""
    before = _place(auth, "pam_faillock.so", "preauth")
    after = _place(auth, "pam_faillock.so", "authfail")
    unix = _place(auth, _UNIX)
    if unix is None:
        return None  # no password is asked, so none can be guessed
    if before is None or before > unix or not _refuses(auth[before].control):
        return "preauth"
    if after is None or after < unix or not _refuses(auth[after].control):
        return "authfail"
    if not _failure_reaches(auth, unix, after):
        return f"authfail ({auth[unix].control})"
    if _place(account, "pam_faillock.so") is None and _place(auth, "pam_faillock.so",
                                                             "authsucc") is None:  # fmt: skip
        return "account"  # without a reset, old failures would add up for ever
    return None


def _failure_reaches(auth: list[PamLine], unix: int, after: int) -> bool:
    """True if a wrong password at `unix` leads to the line `after`.

    `requisite` ends the stack at once, and so does `default=die`; a jump may lead past it.
    """
    control = auth[unix].control
    if control == "requisite":
        return False
    if not control.startswith("["):
        return True
    actions = dict(pair.split("=", 1) for pair in control.strip("[]").split() if "=" in pair)
    failure = actions.get("auth_err", actions.get("default", "bad"))
    if failure.isdecimal():
        return unix + int(failure) < after
    return failure != "die"


@family("pam.lockout-option", needs=(Pam,), args=OptionArgs)
def lockout_option(args: OptionArgs, pam: Pam) -> Verdict:
    """A value of the lock-out is as asked, on every line that counts failures."""
    services = _present(pam, args.services)
    if not services:
        return _no_service(args.services)
    found, evidence = {}, []
    for service in services:
        lines = [line for line in _stack(pam, service, "auth") if line.module == "pam_faillock.so"]
        if not lines:
            return failed(msg("{module} is not in {service}", module="pam_faillock.so",
                              service=service))  # fmt: skip
        for line in lines:
            options = {**_FAILLOCK_DEFAULTS, **pam.faillock, **_settings(line)}
            value = options.get(args.option, "0")
            key = service if args.holds(value) else f"{service} ({line.file}:{line.line})"
            found[key] = value
            evidence += [_quote(line), f"{service}: {args.option} = {value}"]
    return _judge_option(args, found, evidence)


@family("pam.history", needs=(Pam,), args=OptionArgs)
def history(args: OptionArgs, pam: Pam) -> Verdict:
    """Old passwords are remembered and refused, before a new one is stored."""
    services = _present(pam, args.services)
    if not services:
        return _no_service(args.services)
    found, evidence = {}, []
    for service in services:
        lines = _stack(pam, service, "password")
        guard, store = _place(lines, "pam_pwhistory.so"), _place(lines, _UNIX)
        if guard is None or (store is not None and store < guard):
            return failed(msg("{module} does not stand before {other} in {service}",
                              module="pam_pwhistory.so", other=_UNIX, service=service),
                          map(_quote, lines))  # fmt: skip
        options = {"remember": "10", **pam.pwhistory, **_settings(lines[guard])}  # pam_pwhistory(8)
        found[service] = options.get(args.option, "0")
        evidence += [_quote(lines[guard])]
    return _judge_option(args, found, evidence)


class ArgumentArgs(Args):
    """An argument that no line of a module may carry."""

    module: str
    argument: str


@family("pam.without-argument", needs=(Pam,), args=ArgumentArgs)
def without_argument(args: ArgumentArgs, pam: Pam) -> Verdict:
    """No stack gives a module this argument."""
    lines = {
        _quote(line)
        for stack in pam.services.values()
        for line in stack
        if line.module == args.module and args.argument in line.arguments
    }
    return none_of(
        sorted(lines),
        msg("no PAM stack gives {module} the argument {argument}", module=args.module,
            argument=args.argument),
        msg("{count} PAM lines give {module} the argument {argument}: {names}", module=args.module,
            argument=args.argument),
    )  # fmt: skip


class HashArgs(Args):
    """Methods of which `pam_unix.so` must be told one."""

    services: tuple[str, ...]
    methods: tuple[str, ...]


@family("pam.hash-method", needs=(Pam,), args=HashArgs)
def hash_method(args: HashArgs, pam: Pam) -> Verdict:
    """New passwords are hashed by a strong method."""
    services = _present(pam, args.services)
    if not services:
        return _no_service(args.services)
    evidence = []
    for service in services:
        lines = [line for line in _stack(pam, service, "password") if line.module == _UNIX]
        for line in lines:
            if not set(args.methods) & set(line.arguments):
                return failed(msg("{module} in {service} hashes with none of {methods}",
                                  module=_UNIX, service=service,
                                  methods=" | ".join(args.methods)), [_quote(line)])  # fmt: skip
        evidence += [_quote(line) for line in lines]
    if not evidence:
        return not_applicable(msg("{module} is not in {service}", module=_UNIX,
                                  service=", ".join(services)))  # fmt: skip
    return passed(msg("new passwords are hashed with {methods}",
                      methods=" | ".join(args.methods)), evidence)  # fmt: skip


class WheelArgs(Args):
    """The service that only members of a group may use."""

    service: str


@family("pam.wheel", needs=(Pam,), args=WheelArgs)
def wheel(args: WheelArgs, pam: Pam) -> Verdict:
    """Only members of a group may become another user."""
    if args.service not in pam.services:
        return _no_service([args.service])
    lines = _stack(pam, args.service, "auth")
    for line in lines:
        if line.module == "pam_wheel.so" and _refuses(line.control):
            return passed(msg("{service} asks for membership of a group", service=args.service),
                          [_quote(line)])  # fmt: skip
        if line.module == _UNIX:
            break
    return failed(msg("{service} is open to every account", service=args.service),
                  map(_quote, lines))  # fmt: skip
