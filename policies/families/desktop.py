"""The graphical desktop: what dconf sets and locks for users and for the login screen."""

from __future__ import annotations

import re
from typing import Literal

from govctl.texts import msg
from policies.families import family
from policies.families._expect import Expect
from policies.families._verdicts import failed, passed
from policies.model import Verdict
from scanners.host.facts.dconf import Dconf, Profile

_QUOTED = re.compile(r"""(?:@\w+ )?(?:u?int(?:16|32|64) )?(['"]?)(.*)\1""", re.DOTALL)


class KeyArgs(Expect):
    """A key below `/`, what it must be, and where: `user` for everybody, `gdm` for logins."""

    profile: Literal["user", "gdm"]
    key: str
    default: str = ""
    """What the schema gives; empty if it gives nothing that could be right."""
    locked: bool = True
    """False if nobody could change it anyway."""


class TextArgs(KeyArgs):
    """As above; the value is a text that must say something."""

    equals: str | None = "something"
    contains: str = ""
    """A part that it must have."""
    pattern: str = ""
    """A regular expression that must be found in it."""


@family("dconf.key", needs=(Dconf,), args=KeyArgs)
def key(args: KeyArgs, dconf: Dconf) -> Verdict:
    """A setting of the desktop is as asked, and users cannot change it."""
    profile = dconf.user if args.profile == "user" else dconf.gdm
    value = profile.values.get(args.key)
    evidence = _evidence(args, profile)
    found = _plain(value if value is not None else args.default)
    if not found or not args.holds(found):
        return failed(msg("{option} is {found}, not {wanted}", option=args.key,
                          found=found or "-", wanted=args.wanted), evidence)  # fmt: skip
    if args.locked and not _is_locked(args.key, profile):
        return failed(msg("{option} is {found}, but every user can change it", option=args.key,
                          found=found), evidence)  # fmt: skip
    return passed(msg("{option} is {found}", option=args.key, found=found), evidence)


@family("dconf.text", needs=(Dconf,), args=TextArgs)
def text(args: TextArgs, dconf: Dconf) -> Verdict:
    """The login screen shows a text."""
    profile = dconf.user if args.profile == "user" else dconf.gdm
    found, evidence = _plain(profile.values.get(args.key, "")), _evidence(args, profile)
    if not found.strip():
        return failed(msg("{option} says nothing", option=args.key), evidence)
    if args.contains and args.contains not in found:
        return failed(msg("{option} does not say {wanted}", option=args.key,
                          wanted=args.contains), evidence)  # fmt: skip
    if args.pattern and not _is_found(args.pattern, found):
        return failed(msg("{option} does not say {wanted}", option=args.key,
                          wanted=args.pattern), evidence)  # fmt: skip
    return passed(msg("{option} is {found}", option=args.key, found=found[:80]), evidence)


def _is_found(pattern: str, text: str) -> bool:
    """What is no regular expression must be there as it stands."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return pattern in text


def _plain(value: str) -> str:
    """A GVariant without its type and quotes: `uint32 900` → `900`, `'text'` → `text`."""
    match = _QUOTED.fullmatch(value.strip())
    return match[2] if match else value.strip()


def _is_locked(name: str, profile: Profile) -> bool:
    parts = name.split("/")[:-1]
    above = {"/".join(parts[: count + 1]) + "/" for count in range(len(parts))}
    return name in profile.locked or not above.isdisjoint(profile.locked)


def _evidence(args: KeyArgs, profile: Profile) -> list[str]:
    lines = [] if profile.found else [f"no profile {args.profile}"]
    if args.key in profile.values:
        lock = " (locked)" if _is_locked(args.key, profile) else ""
        lines.append(f"{args.profile}: {args.key}={profile.values[args.key]}{lock}")
    return [*lines, *(f"{name}: not compiled (dconf update)" for name in profile.stale)]
