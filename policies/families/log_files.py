"""Owners and modes of the files that log daemons say they write to."""

from __future__ import annotations

from typing import Literal

from govctl.texts import msg
from policies.families import Args, family
from policies.families._paths import ASPECTS, Aspect, given_away, hides_rights, quoted
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated
from policies.model import Verdict
from scanners.host.facts.audit_log import AuditLog
from scanners.host.facts.log_files import LogFiles
from scanners.host.facts.paths import Path, Paths


class AuditArgs(Args):
    """The logs themselves, or the directory that holds them, and how open they may be."""

    what: Literal["files", "directory"]
    mode: str
    groups: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ASPECTS


@family("files.audit-log", needs=(AuditLog, Paths), args=AuditArgs)
def audit_log(args: AuditArgs, log: AuditLog, paths: Paths) -> Verdict:
    """Audit logs are root's, and only administrators read them."""
    glob = log.directory if args.what == "directory" else f"{log.path}*"
    if not paths.asked_for(glob):
        return not_evaluated(msg("{paths} was not looked at", paths=glob))
    found = [path.end for path in paths.under([glob]) if path.end]
    if not found:
        return not_applicable(msg("{paths} does not exist", paths=glob))
    widest = int(args.mode, 8)
    wrong = [
        quoted(path)
        for path in found
        if ("mode" in args.aspects and _is_open(path, widest, ("root", *args.groups)))
        or (args.what == "files" and _is_foreign(path, ("root",), args.groups, args.aspects))
    ]
    grouped = args.what == "files" and "group" in args.aspects
    if grouped and not wrong and log.group not in args.groups:
        return failed(
            msg("{option} is {found}, not {wanted}", option="log_group", found=log.group,
                wanted=" | ".join(args.groups)),
            [f"log_group = {log.group}"],
        )  # fmt: skip
    return _judged(wrong, found, widest, args.aspects)


def _is_open(path: Path, widest: int, known: tuple[str, ...]) -> bool:
    return bool(path.mode & ~widest or given_away(path, widest, known))


def _is_foreign(
    path: Path, owners: tuple[str, ...], groups: tuple[str, ...], aspects: tuple[Aspect, ...]
) -> bool:
    return ("owner" in aspects and path.owner not in owners) or (
        "group" in aspects and path.group not in groups
    )


class RsyslogArgs(Args):
    """How the files must be."""

    mode: str
    owners: tuple[str, ...]
    groups: tuple[str, ...]
    aspects: tuple[Aspect, ...] = ASPECTS


@family("files.rsyslog", needs=(LogFiles, Paths), args=RsyslogArgs)
def rsyslog(args: RsyslogArgs, logs: LogFiles, paths: Paths) -> Verdict:
    """The files that rsyslog writes are the system's and closed to others."""
    widest = int(args.mode, 8)
    known = [paths.paths[path].end for path in logs.paths if path in paths.paths]
    found = [path for path in known if path and path.kind == "file"]
    wrong = [
        quoted(path)
        for path in found
        if _is_foreign(path, args.owners, args.groups, args.aspects)
        or ("mode" in args.aspects and _is_open(path, widest, (*args.owners, *args.groups)))
    ]
    unseen = [path for path in logs.paths if path not in paths.paths and not paths.asked_for(path)]
    unseen += logs.unknown
    if not wrong and unseen:
        return not_evaluated(
            msg("{names} was not looked into", names=", ".join(unseen[:5])), unseen
        )
    if not found:
        return not_applicable(msg("rsyslog has written no file yet"), logs.paths)
    return _judged(wrong, found, widest, args.aspects)


def _judged(
    wrong: list[str], found: list[Path], widest: int, aspects: tuple[Aspect, ...]
) -> Verdict:
    hidden = [quoted(path) for path in found if hides_rights(path, widest)]
    if hidden and not wrong and "mode" in aspects:
        return not_evaluated(
            msg("{names} has an access list that could not be read", names=", ".join(hidden[:3])),
            hidden,
        )
    return none_of(
        wrong,
        msg("{count} paths have the right owner and mode", count=len(found)),
        msg("{count} log files are foreign or too open: {names}"),
    )
