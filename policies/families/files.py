"""Owners and modes of named paths, what the walk found, and small texts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Literal

from govctl.texts import Message, msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._paths import ASPECTS, Aspect, given_away, hides_rights, quoted
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.paths import Path, Paths
from scanners.host.facts.text_files import TextFiles
from scanners.host.facts.walk import Walk
from scanners.host.reading import glob_matches


class PathArgs(Args):
    """Paths or shell globs, the widest mode (octal), and who may own them."""

    paths: tuple[str, ...]
    mode: str = "7777"
    owners: tuple[str, ...] = ("root",)
    groups: tuple[str, ...] = ("root",)
    aspects: tuple[Aspect, ...] = ASPECTS
    missing: Literal["pass", "fail", "not-applicable"] = "not-applicable"
    """What it means if none of the paths exists."""


@family("files.permissions", needs=(Paths,), args=PathArgs)
def permissions(args: PathArgs, paths: Paths) -> Verdict:
    """Files belong to whom they should, and are no more open than asked."""
    found = [path.end for path in paths.under(args.paths) if path.end]
    if not all(paths.asked_for(pattern) for pattern in args.paths):
        return not_evaluated(msg("{paths} was not looked at", paths=", ".join(args.paths)))
    if not found:
        reason = msg("{paths} does not exist", paths=", ".join(args.paths))
        return {"pass": passed, "fail": failed, "not-applicable": not_applicable}[args.missing](
            reason
        )
    widest = int(args.mode, 8)
    wrong = [quoted(path) for path in found if not _fits(path, widest, args)]
    if wrong:
        return failed(_wanted(args, wrong), wrong)
    hidden = [quoted(path) for path in found if hides_rights(path, widest)]
    if hidden and "mode" in args.aspects:
        return not_evaluated(
            msg("{names} has an access list that could not be read", names=", ".join(hidden[:3])),
            hidden,
        )
    return passed(msg("{count} paths have the right owner and mode", count=len(found)),
                  map(quoted, found))  # fmt: skip


def _fits(path: Path, widest: int, args: PathArgs) -> bool:
    if path.kind == "other":
        return True  # a mask: /dev/null keeps nothing, and everybody may write it
    if "owner" in args.aspects and path.owner not in args.owners:
        return False
    if "group" in args.aspects and path.group not in args.groups:
        return False
    if "mode" not in args.aspects:
        return True
    return not path.mode & ~widest and not given_away(path, widest, (*args.owners, *args.groups))


def _wanted(args: PathArgs, wrong: list[str]) -> Message:
    names = ", ".join(wrong[:3])
    owners, groups = "|".join(args.owners), "|".join(args.groups)
    if args.aspects == ("owner",):
        return msg("{names} should belong to {owners}", names=names, owners=owners)
    if args.aspects == ("group",):
        return msg("{names} should belong to the group {groups}", names=names, groups=groups)
    if args.aspects == ("mode",):
        return msg("{names} should be {mode} or tighter", names=names, mode=args.mode)
    return msg("{names} should be {mode} {owners}:{groups} or tighter", names=names,
               mode=args.mode, owners=owners, groups=groups)  # fmt: skip


class WalkArgs(Args):
    """What to look for, and the paths (shell globs) where it is expected."""

    what: Literal[
        "world_writable_files",
        "world_writable_directories",
        "foreign_directories",
        "unowned",
        "without_user",
        "without_group",
        "setuid",
        "setgid",
    ]
    allowed: tuple[str, ...] = ()


_LETTERS = {
    "world_writable_files": "w", "world_writable_directories": "d", "foreign_directories": "d",
    "unowned": "uq",
    "without_user": "u", "without_group": "q", "setuid": "s", "setgid": "g",
}  # fmt: skip


@family("files.walk", needs=(Walk,), args=WalkArgs)
def walk(args: WalkArgs, found: Walk) -> Verdict:
    """Nothing of this kind lies in the file systems, save what is expected."""
    paths: tuple[str, ...] = getattr(found, args.what)
    offenders = [path for path in paths
                 if not any(fnmatchcase(path, pattern) for pattern in args.allowed)]  # fmt: skip
    if not offenders and not found.all_of(_LETTERS[args.what]):
        return not_evaluated(msg("the walk of the file systems was cut short"))
    return none_of(
        offenders,
        msg("the walk found none"),
        msg("the walk found {count}: {names}"),
    )


def _unknown(files: TextFiles, *paths: str) -> Verdict | None:
    """A verdict if the scan cannot say what these files hold."""
    for path in paths:
        if path in files.unreadable or not files.asked_for(path):
            return not_evaluated(msg("{path} could not be read", path=path))
    return None


class BannerArgs(Args):
    """A text that is shown before or after login."""

    path: str
    required: bool = True
    forbidden: tuple[str, ...] = (r"\\[mrsvS]", r"(?i)debian|ubuntu|linux \d")
    """Regular expressions for what tells a stranger about the system."""
    suggested: str = ""
    """What a fix may write; any other text that warns is as good."""


@family("files.banner", needs=(TextFiles,), args=BannerArgs)
def banner(args: BannerArgs, files: TextFiles) -> Verdict:
    """A login text warns, and gives nothing away about the system."""
    unknown = _unknown(files, args.path)
    if unknown is not None:
        return unknown
    text = files.texts.get(args.path, "")
    if not text.strip():
        if args.required:
            return failed(msg("{path} has no text", path=args.path))
        return passed(msg("{path} has no text", path=args.path))
    for pattern in args.forbidden:
        hit = re.search(pattern, text)
        if hit:
            return failed(msg("{path} tells about the system: {found}", path=args.path,
                              found=hit.group()), text.splitlines())  # fmt: skip
    return passed(msg("{path} warns and tells nothing about the system", path=args.path),
                  text.splitlines())  # fmt: skip


class ListArgs(Args):
    """An allow file that must exist, a deny file that must not, and who may stand in the first."""

    allow: str
    deny: str
    names: tuple[str, ...]
    parts: tuple[Literal["allow", "deny", "names"], ...] = ("allow", "deny", "names")


@family("files.allow-list", needs=(TextFiles,), args=ListArgs)
def allow_list(args: ListArgs, files: TextFiles) -> Verdict:
    """Only those who are named may use a scheduler."""
    wanted = [getattr(args, part) for part in ("allow", "deny") if part in args.parts]
    unknown = _unknown(files, *wanted)
    if unknown is not None:
        return unknown
    text = files.texts.get(args.allow)
    if text is None and "allow" in args.parts:
        return failed(msg("{path} does not exist", path=args.allow))
    if args.deny in files.texts and "deny" in args.parts:
        return failed(msg("{path} exists: it would let everybody else in", path=args.deny),
                      [args.deny])  # fmt: skip
    if "names" not in args.parts:
        return passed(msg("{paths} are as asked", paths=", ".join(wanted)))
    lines = (line.split("#")[0].strip() for line in (text or "").splitlines())
    strangers = [name for name in lines if name and name not in args.names]
    return none_of(
        strangers,
        msg("{path} names nobody but {names}", path=args.allow, names=", ".join(args.names)),
        msg("{path} also names {names}", path=args.allow),
    )


class TimeoutArgs(Args):
    """After how many idle seconds a shell closes."""

    maximum: int


_TMOUT = re.compile(
    r"(?:^|[;&|({)]|\b(?:then|else|do)\b)[ \t]*"
    r"(?:(?:(?:export|readonly|(?:declare|typeset)(?:[ \t]+-\w+)*)[ \t]+)?TMOUT=[\"']?"
    r"([^\s;&|\"'#]*)|(unset)[ \t]+(?:-v[ \t]+)?(?:\w+[ \t]+)*TMOUT\b)",
    re.MULTILINE,
)
"""An assignment and its value, or what takes it back."""
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_LOGIN_FILES = ("/etc/profile", "/etc/profile.d/*.sh", "/etc/bash.bashrc")


@family("files.shell-timeout", needs=(TextFiles,), args=TimeoutArgs)
def shell_timeout(args: TimeoutArgs, files: TextFiles) -> Verdict:
    """An idle login shell closes by itself."""
    read = {path: text for path, text in sorted(files.texts.items())
            if any(glob_matches(pattern, path) for pattern in _LOGIN_FILES)}  # fmt: skip
    hidden = any(
        glob_matches(pattern, path) for path in files.unreadable for pattern in _LOGIN_FILES
    )
    if not read or hidden:
        return not_evaluated(msg("the login files of shells were not read"))
    found = [(path, hit[2] or hit[1]) for path, text in read.items()
             for hit in _TMOUT.finditer(_COMMENT.sub("", text))]  # fmt: skip
    evidence = [f"{path}: TMOUT={value}" for path, value in found]
    if not found:
        return failed(msg("no login file sets TMOUT"), sorted(read))
    seconds = [as_integer(value) or 0 for _path, value in found]
    if all(0 < number <= args.maximum for number in seconds):
        return passed(msg("an idle shell closes after {found} s", found=found[-1][1]), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option="TMOUT",
            found=", ".join(value or "-" for _path, value in found),
            wanted=f"1..{args.maximum}"),
        evidence,
    )  # fmt: skip
