"""The SSH server: who may log in, forwarding, rekeying, and options that are gone."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed
from policies.families.sshd import OptionArgs, in_force, in_seconds, option
from policies.model import Verdict
from scanners.host.facts.software import Packages
from scanners.host.facts.sshd import Sshd
from scanners.host.model import Missing

_LISTS = ("allowusers", "allowgroups", "denyusers", "denygroups")
_EVERYBODY = re.compile(r"[*?]*\*[*?]*(?:@[*?]*\*[*?]*)?")
"""Patterns that any name matches, at any host."""
_DEBIAN = "9.2p1"
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@family("sshd.access", needs=(Sshd,), args=NoArgs)
@in_force
def access(_args: NoArgs, sshd: Sshd) -> Verdict:
    """Only named users or groups may log in, or some may not."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    inside = sshd.match_options or {}
    lists = {name: [word for value in (*sshd.options.get(name, ()), *inside.get(name, ()))
                    for word in value.split()]
             for name in _LISTS if sshd.options.get(name)}  # fmt: skip
    evidence = [f"{name} {' '.join(words)}" for name, words in lists.items() if words]
    if not evidence:
        return failed(msg("nothing says who may log in"))
    limits = [name for name, words in lists.items()
              if words and (name.startswith("deny") or not any(map(_EVERYBODY.fullmatch, words)))
              ]  # fmt: skip
    if not limits:
        return failed(msg("the lists let everybody in"), evidence)
    return passed(msg("logins are limited by {names}", names=", ".join(limits)), evidence)


@family("sshd.no-tcp-forwarding", needs=(Sshd,), args=NoArgs)
@in_force
def no_tcp_forwarding(_args: NoArgs, sshd: Sshd) -> Verdict:
    """TCP is not forwarded: by its own option, or because nothing is."""
    own = option(OptionArgs(option="allowtcpforwarding", equals="no", default="yes"), sshd)
    if own.status != "fail":
        return own
    every = option(OptionArgs(option="disableforwarding", equals="yes", default="no"), sshd)
    return own if every.status == "fail" else every


class RekeyArgs(Args):
    """The most data (`512M`) and the longest time (`1h`) under one key."""

    size: str
    time: str


@family("sshd.rekey", needs=(Sshd,), args=RekeyArgs)
@in_force
def rekey(args: RekeyArgs, sshd: Sshd) -> Verdict:
    """Session keys are renewed after as much data and as much time as asked."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    found = [*sshd.options.get("rekeylimit", ("0 0",)),
             *(sshd.match_options or {}).get("rekeylimit", ())]  # fmt: skip
    most, longest = _size(args.size), _number(in_seconds(args.time))
    if most is None or longest is None:
        return not_evaluated(
            msg("cannot read RekeyLimit {found}", found=f"{args.size} {args.time}")
        )
    for value in found:
        words = [*value.split(), "none"][:2]
        size, time = _size(words[0]), _number("0" if words[1] == "none" else in_seconds(words[1]))
        if size is None or time is None:
            return not_evaluated(msg("cannot read RekeyLimit {found}", found=value))
        # A size of 0 leaves it to the cipher (1 to 4 GB), a time of 0 means never.
        if not (0 < size <= most and 0 < time <= longest):
            return failed(msg("{option} is {found}; at most {wanted}", option="rekeylimit",
                              found=value, wanted=f"{args.size} {args.time}"),
                          [f"rekeylimit {value}"])  # fmt: skip
    return passed(msg("{option} is {found}", option="rekeylimit", found=", ".join(found)),
                  [f"rekeylimit {value}" for value in found])  # fmt: skip


def _size(text: str) -> int | None:
    match = re.fullmatch(r"([0-9]{1,15})([kmg]?)", text.lower(), re.ASCII)
    if match:
        return int(match[1]) * _SIZES[match[2]]
    return 0 if text.lower() in ("default", "none") else None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else None


class GoneArgs(Args):
    """An option that OpenSSH dropped: since which version only the good way is left."""

    option: str
    since: str
    """`7.4`."""
    good: tuple[str, ...]
    """Values that are right where an older server still knows it."""
    default: str


@family("sshd.gone", needs=(Sshd,), helps=(Packages,), args=GoneArgs)
@in_force
def gone(args: GoneArgs, sshd: Sshd, packages: Packages | Missing) -> Verdict:
    """An old choice is no longer there, or an old server makes it right."""
    if not sshd.installed:
        return not_applicable(msg("no SSH server is installed"))
    if not isinstance(packages, Missing):
        text = packages.versions.get("openssh-server", "")
    else:  # of a part of a machine the configuration is read as Debian 12's server does
        text = "" if sshd.source == "sshd -T" else _DEBIAN
    found, since = _version(text), _version(args.since)
    if found is None or since is None:
        return not_evaluated(msg("the version of OpenSSH is not known"))
    if found >= since:
        return passed(msg("OpenSSH {found} has no {option} any more, only what it now always does",
                          found=text, option=args.option), [f"openssh-server {text}"])  # fmt: skip
    values = sshd.options.get(args.option) or (args.default,)
    evidence = [f"{args.option} {value}" for value in values]
    if all(value.lower() in args.good for value in values):
        return passed(msg("{option} is {found}", option=args.option, found=", ".join(values)),
                      evidence)  # fmt: skip
    return failed(msg("{option} is {found}, not {wanted}", option=args.option,
                      found=", ".join(values), wanted=" | ".join(args.good)), evidence)  # fmt: skip


def _version(text: str) -> tuple[int, int] | None:
    """`1:9.2p1-2+deb12u3` → (9, 2)."""
    match = re.match(r"(?:[0-9]+:)?([0-9]{1,4})\.([0-9]{1,4})", text, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None
