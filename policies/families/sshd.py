"""The SSH server's effective options, and what Match blocks do to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from pydantic import Field

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import Expect, as_integer
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.sshd import Sshd

_SAME = {"sntrup761x25519-sha512": "sntrup761x25519-sha512@openssh.com"}
"""The same key exchange under the name that was standardised later."""
_TIME_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def in_force(judge: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """Nothing passes by files that the running server has not read yet."""

    @wraps(judge)
    def judged(args: Args, sshd: Sshd, *more: Any) -> Verdict:
        verdict = judge(args, sshd, *more)
        if verdict.status != "pass" or not sshd.unread:
            return verdict
        return not_evaluated(
            msg("sshd still runs with what it read before {files} changed: systemctl restart ssh",
                files=", ".join(sshd.unread)),
            verdict.evidence,
        )  # fmt: skip

    return judged


class OptionArgs(Expect):
    """`option` must be as expected; `default` is OpenSSH's own where the directive is absent."""

    option: str
    default: str | None = None

    def holds(self, value: str) -> bool:
        """As any value; paths have their case, and compression is delayed wherever it is on."""
        if self.equals == "delayed":
            return value.lower() in {"delayed", "yes", "no"}
        if self.equals is not None and self.equals.startswith("/"):
            return value.strip() == self.equals
        return super().holds(",".join(_SAME.get(one.strip(), one) for one in value.split(","))
                             if self.subset else value)  # fmt: skip


@family("sshd.option", needs=(Sshd,), args=OptionArgs)
@in_force
def option(args: OptionArgs, sshd: Sshd) -> Verdict:
    """An option has the value asked for, and no Match block loosens it."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    name = args.option.lower()
    broken = (sshd.refused or {}).get(name)
    if broken:
        return failed(
            msg("sshd does not start with {option} {found}", option=name, found=", ".join(broken)),
            [f"{name} {value}" for value in broken],
        )
    values = sshd.options.get(name) or ((args.default,) if args.default is not None else ())
    if not values:
        return not_evaluated(
            msg("{option} is not set, and its default is not known here", option=name)
        )
    evidence = [f"{name} {value}" for value in values]
    if not all(args.holds(in_seconds(value)) for value in values):
        return failed(
            msg("{option} is {found}, not {wanted}", option=name, found=", ".join(values),
                wanted=args.wanted),
            evidence,
        )  # fmt: skip
    loose = [
        value for value in (sshd.match_options or {}).get(name, ())
        if not args.holds(in_seconds(value))
    ]  # fmt: skip
    if loose:
        return failed(
            msg("{option} is right, but a Match block sets it to {found} ({blocks})", option=name,
                found=", ".join(loose), blocks="; ".join(sshd.matches)),
            [*evidence, *(f"Match {block}" for block in sshd.matches)],
        )  # fmt: skip
    return passed(msg("{option} is {found}", option=name, found=", ".join(values)), evidence)


class StartupsArgs(Args):
    """The most that MaxStartups may allow."""

    limit: Annotated[str, Field(pattern=r"^[0-9]{1,9}:[0-9]{1,3}:[0-9]{1,9}$")]
    """`10:30:60`: start, rate in per cent (at least), full."""


@family("sshd.startups", needs=(Sshd,), args=StartupsArgs)
@in_force
def startups(args: StartupsArgs, sshd: Sshd) -> Verdict:
    """Unauthenticated connections are throttled at least as early as asked."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    every = dict.fromkeys(sshd.options.get("maxstartups", ("10:30:100",)))
    verdicts = [_startups(found, args.limit) for found in every]
    bad = [one for one in verdicts if one.status != "pass"]
    return (bad or verdicts)[0]


def _startups(found: str, limit: str) -> Verdict:
    parts = [as_integer(part) for part in found.split(":")]
    numbers = [part for part in parts if part is not None]
    if len(numbers) == 1:
        numbers = [numbers[0], 100, numbers[0]]  # sshd_config(5): one number refuses all above it
    if len(numbers) != 3:
        return not_evaluated(msg("cannot read MaxStartups {found}", found=found))
    start, rate, full = numbers
    most = [int(part) for part in limit.split(":")]
    good = start <= most[0] and rate >= most[1] and full <= most[2]
    reason = msg("{option} is {found}; at most {wanted}", option="maxstartups", found=found,
                 wanted=limit)  # fmt: skip
    return (passed if good else failed)(reason, [f"maxstartups {found}"])


class KeepaliveArgs(Args):
    """How long a dead client may hold its session, in seconds."""

    seconds: int


@family("sshd.keepalive", needs=(Sshd,), args=KeepaliveArgs)
@in_force
def keepalive(args: KeepaliveArgs, sshd: Sshd) -> Verdict:
    """A client that no longer answers is disconnected in time."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    intervals = [as_integer(in_seconds(one)) for one in _every(sshd, "clientaliveinterval", "0")]
    counts = [as_integer(one) for one in _every(sshd, "clientalivecountmax", "3")]
    known = [one for one in (*intervals, *counts) if one is not None]
    if len(known) < len(intervals) + len(counts):
        return not_evaluated(msg("cannot read the ClientAlive options"))
    seconds, times = known[: len(intervals)], known[len(intervals) :]
    evidence = [*(f"clientaliveinterval {one}" for one in seconds),
                *(f"clientalivecountmax {one}" for one in times)]  # fmt: skip
    if min(known) <= 0:  # since OpenSSH 8.2 a count of 0 switches the disconnect off
        return failed(msg("a client that no longer answers is never disconnected"), evidence)
    total = max(seconds) * max(times)
    reason = msg("a client that no longer answers is disconnected after {found} s; at most "
                 "{wanted} s", found=total, wanted=args.seconds)  # fmt: skip
    return (passed if total <= args.seconds else failed)(reason, evidence)


def _every(sshd: Sshd, name: str, default: str) -> list[str]:
    """The general value of an option, and those of Match blocks."""
    return [sshd.options.get(name, (default,))[0], *(sshd.match_options or {}).get(name, ())]


def in_seconds(text: str) -> str:
    """`2m` → `120`, `1h30m` → `5400` (sshd_config(5), TIME FORMATS); other text as it is."""
    total, digits = 0, ""
    for character in text.lower():
        if character.isdecimal():
            digits += character
        elif digits and character in _TIME_UNITS:
            total, digits = total + int(digits) * _TIME_UNITS[character], ""
        else:
            return text
    if not text or not text[0].isdecimal():
        return text
    return str(total + int(digits or 0))
