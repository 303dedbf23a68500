"""Which files people and jobs make: the umask that login.defs, PAM and shells give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from govctl.texts import msg
from policies.families import Args, family
from policies.families._pam_answers import no_service
from policies.families._pam_modules import COMMON, present, reached, settings, stack
from policies.families._verdicts import failed, listed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.accounts import LoginDefs
from scanners.host.facts.pam import Pam
from scanners.host.facts.system import System
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing
from scanners.host.reading import glob_matches


class UmaskArgs(Args):
    """Bits that the umask must take away, octal."""

    mask: str


@family("accounts.umask", needs=(LoginDefs,), args=UmaskArgs)
def umask(args: UmaskArgs, defs: LoginDefs) -> Verdict:
    """New files are closed to others from the start."""
    found = defs.values.get("UMASK", "022")
    wanted = int(args.mask, 8)
    try:
        enough = int(found, 8) & wanted == wanted
    except ValueError:
        enough = False
    if enough:
        return passed(msg("{option} is {found}", option="UMASK", found=found), [f"UMASK {found}"])
    return failed(
        msg("{option} is {found}, not {wanted}", option="UMASK", found=found, wanted=args.mask),
        [f"UMASK {found}"],
    )


class SessionMaskArgs(UmaskArgs):
    """Services of PAM whose sessions are asked for."""

    services: tuple[str, ...]


@family("accounts.session-umask", needs=(Pam, LoginDefs), args=SessionMaskArgs, helps=(System,))
def session_umask(
    args: SessionMaskArgs, pam: Pam, defs: LoginDefs, system: System | Missing
) -> Verdict:
    """Sessions start with a umask that closes new files to others, whatever a shell adds."""
    here = present(pam, args.services)
    if not here:
        return no_service(args.services)
    found = {service: _started(pam, service, defs, system) for service in here}
    return _judged(int(args.mask, 8), args.mask, found)


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


@family(
    "accounts.shell-umask",
    needs=(TextFiles,),
    args=ShellMaskArgs,
    helps=(Pam, LoginDefs, System),
)
def shell_umask(
    args: ShellMaskArgs,
    files: TextFiles,
    pam: Pam | Missing,
    defs: LoginDefs | Missing,
    system: System | Missing,
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
        return _inherited(wanted, args.mask, pam, defs, system)
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


def _inherited(
    wanted: int, mask: str, pam: Pam | Missing, defs: LoginDefs | Missing, system: System | Missing
) -> Verdict:
    """Shells that set none keep what their session starts with."""
    if isinstance(pam, Missing):
        return not_evaluated(pam.reason)
    if isinstance(defs, Missing):
        return not_evaluated(defs.reason)
    return _judged(wanted, mask, {"login": _started(pam, "login", defs, system)})


def _judged(wanted: int, mask: str, found: Mapping[str, _Start]) -> Verdict:
    evidence = [f"{service}: {start.source}" for service, start in found.items()]
    weak = [f"{service} {start.mask:04o} ({start.source})" for service, start in found.items()
            if start.mask & wanted != wanted]  # fmt: skip
    if weak:
        return failed(msg("{names}, not {wanted}", names=listed(weak), wanted=mask), evidence)
    masks = dict.fromkeys(f"{start.mask:04o}" for start in found.values())
    return passed(msg("{option} is {found}", option="umask", found=", ".join(masks)), evidence)


class _Start(NamedTuple):
    """With which umask a session starts, and what says so."""

    mask: int
    source: str


def _started(pam: Pam, service: str, defs: LoginDefs, system: System | Missing) -> _Start:
    """pam_umask(8): its own argument, else UMASK of login.defs, octal only; what is none is
    passed over. With `usergroups` the user's own group gets the owner's bits; Ubuntu's takes
    USERGROUPS_ENAB of login.defs for it where the mask comes from there too. Without the module it
    is the 022 of whatever starts sessions."""
    start = _Start(0o022, "no pam_umask: 022")
    if service != COMMON and service not in pam.services:
        return start
    lines = stack(pam, service, "session")
    ubuntu = isinstance(system, System) and system.distribution == "ubuntu"
    for place in sorted(reached(lines, lambda line: line.module == "pam_umask.so")):
        given = settings(lines[place])
        text = given.get("umask", defs.values.get("UMASK", ""))
        own = "usergroups" in given
        if ubuntu and "umask" not in given:
            own |= defs.values.get("USERGROUPS_ENAB", "").lower() == "yes"
        octal = re.match(r"[0-7]{1,12}", text)
        number = int(octal[0], 8) & 0o777 if octal else start.mask
        if own and "nousergroups" not in given:
            number = number & ~0o070 | (number >> 3) & 0o070
        words = f"pam_umask: {text or '-'}" + (", usergroups" if own else "")
        start = _Start(number, words)
    return start


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
