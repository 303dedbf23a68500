"""The commands of the program on the host. Each prints one line of JSON; status 0 if it is done."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import guard
from .places import places_for
from .record import BASE, Record, alone, begin, finish, prune, runs
from .restore import restore, take_up

_TOO_LATE = "rolled back: no new login came in time"
_GOES_ON = "it is still at work on this host, which restores itself unless it is hardened again"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")


PATIENCE = 75
"""Seconds. The connection of a killed controller lives on for a minute (ControlPersist)."""
VISIT = 40
"""Seconds. So long a visit of a run that was broken off is waited for; its controller waits 60."""
MOST_SAID = 300


class Refused(Exception):
    """What is asked cannot be done; nothing was."""


def main(words: Sequence[str]) -> int:
    """Run one command."""
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    os.umask(0o077)
    given = _parser().parse_args(words)
    base: Path = given.base
    if given.command == "wait":
        guard.wait(base)
        return 0
    _wait(given, base)
    try:
        with alone(base):
            said = _COMMANDS[given.command](given, base)
    except OSError as error:  # a full disk says not where
        sys.stderr.write(f"{error.filename or base}: {error.strerror or error}\n")
        return 1
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(said) + "\n")
    return 0 if said.get("state") not in ("refused", "partly") else 1


def _wait(given: argparse.Namespace, base: Path) -> None:
    """For another to end, without the lock: it needs that."""
    began = time.monotonic()
    if given.command in ("begin", "restore"):
        while time.monotonic() < began + PATIENCE and _others(given, base):
            time.sleep(1)
    elif given.command in ("finish", "confirm"):
        record = Record(base, given.run)
        while time.monotonic() < began + VISIT and guard.is_visited(record):
            time.sleep(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="undo", description=__doc__)
    parser.add_argument("--base", type=Path, default=BASE, help="where runs are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("begin", help="keep everything that is watched")
    one.add_argument("run", nargs="?", default="")
    one.add_argument("--themes", default="")
    one.add_argument("--risky", action="store_true", help="restore unless a new login confirms")
    one.add_argument("--seconds", type=int, default=600, help="until then")
    one.add_argument("--rows", type=Path, help="what is to be closed, as JSON")
    one = commands.add_parser("finish", help="note what was changed")
    one.add_argument("run")
    one.add_argument("--seconds", type=int, default=60)
    one = commands.add_parser("confirm", help="a new login: do not restore")
    one.add_argument("run")
    one = commands.add_parser("restore", help="undo a run")
    one.add_argument("run", nargs="?", default="last")
    one.add_argument("--force", action="store_true", help="also what others changed since")
    one.add_argument("--check", action="store_true", help="only say what")
    commands.add_parser("list", help="runs that can be undone")
    commands.add_parser("wait", help="restore when the time is over")
    return parser


def _begin(given: argparse.Namespace, base: Path) -> dict[str, Any]:
    run = given.run or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    if not _NAME.fullmatch(run):
        raise Refused(f"no name of a run: {run}")
    if Record(base, run).exists and Record(base, run).about["state"] != "begun":
        raise Refused(f"{run} has ended on this host; a run has one name")
    themes = given.themes.split(",")
    _refuse_busy(given, base)
    for left in runs(base):  # of a controller that was killed: what it changed is known only now
        if left.about["state"] == "begun" and left.run != run:
            take_up(left)
    before = guard.armed(base)
    prune(base, before["runs"] if before else [])
    places = places_for(json.loads(given.rows.read_text("utf-8")) if given.rows else [])
    record = begin(base, run, themes, places, Path(__file__).parent, guard.session())
    risky = given.risky or before is not None
    if risky:
        guard.arm(base, record, given.seconds)
    return {"run": run, "armed": risky, "cut": record.about["cut"]}


def _finish(given: argparse.Namespace, base: Path) -> dict[str, Any]:
    record = _record(base, given.run)
    if record.about.get("timed"):
        raise Refused(_TOO_LATE)
    if guard.is_visited(record):
        raise Refused(_GOES_ON)
    began_by = record.about["session"]
    if record.about["state"] == "begun" and began_by and guard.session() != tuple(began_by):
        take_up(record)  # it broke off, and its last tasks were for this
    done = finish(record)
    waiting = guard.armed(base)
    if waiting is not None:
        guard.arm(base, record, given.seconds)
    files = [change.path for change in done.files[:MOST_SAID]]
    return {"run": record.run, "armed": waiting is not None, "machine": done.machine,
            "files": files, "count": len(done.files)}  # fmt: skip


def _confirm(given: argparse.Namespace, base: Path) -> dict[str, Any]:
    if _record(base, given.run).about.get("timed"):
        raise Refused(_TOO_LATE)
    if guard.is_visited(_record(base, given.run)):
        raise Refused(_GOES_ON)
    if not guard.confirm(base):
        raise Refused("this login is older than the change: it proves nothing")
    record = _record(base, given.run)
    problems = take_up(record) if record.about["state"] == "begun" else []
    return {"armed": False, "problems": problems}


def _restore(given: argparse.Namespace, base: Path) -> dict[str, Any]:
    _refuse_busy(given, base)
    known = runs(base)
    if given.run == "last" and not known:
        raise Refused("nothing is kept on this host")
    record = known[-1] if given.run == "last" else _record(base, given.run)
    result = restore(base, record, force=given.force, check=given.check)
    waiting = guard.armed(base)
    if waiting and not given.check and result["state"] in ("restored", "already"):
        guard.release(base, record.run)
    count = len(result["done"])
    if count > MOST_SAID:
        result["done"] = [*result["done"][:MOST_SAID], f"{count - MOST_SAID} more"]
    return {"run": record.run, **result}


def _busy(base: Path) -> list[str]:
    return [record.run for record in runs(base) if guard.at_work(record)]


def _others(given: argparse.Namespace, base: Path) -> list[str]:
    """Who must be waited for before anything is changed."""
    later = guard.unproven(base) if given.command == "begin" else []
    return [*_busy(base), *(run for run in later if run != given.run)]


def _refuse_busy(given: argparse.Namespace, base: Path) -> None:
    for run in _others(given, base):
        raise Refused(f"another hardening is at work on this host: {run}")


def _list(given: argparse.Namespace, base: Path) -> dict[str, Any]:
    waiting = guard.armed(base)
    return {"runs": [record.about for record in runs(base)],
            "armed": waiting["runs"] if waiting else [], "busy": _busy(base)}  # fmt: skip


def _record(base: Path, run: str) -> Record:
    record = Record(base, run)
    if not _NAME.fullmatch(run) or not record.exists:
        raise Refused(f"nothing is kept of {run}")
    return record


_COMMANDS = {"begin": _begin, "finish": _finish, "confirm": _confirm, "restore": _restore,
             "list": _list}  # fmt: skip
