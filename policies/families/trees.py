"""Whole trees of directories: commands, libraries, logs."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath
from typing import Literal

from pydantic import field_validator

from govctl.texts import msg
from policies.families import Args, family
from policies.families._paths import ASPECTS, Aspect, quoted_entry
from policies.families._verdicts import none_of, not_evaluated
from policies.model import Verdict
from scanners.host.facts.accounts import Account, Accounts
from scanners.host.facts.paths import Paths
from scanners.host.facts.walk import COMMANDS, FIRST_PERSON, LIBRARIES, Entry, Walk

_CUT = msg("the walk of the file systems did not go everywhere")
_SET_ID = 0o6000


class SystemArgs(Args):
    """Which part of the system, and whether files or directories are meant."""

    part: Literal["commands", "libraries"]
    kind: Literal["file", "directory"]
    group: bool = False
    """True if the group must be root's, too; a program that runs with a service's group, or that
    only a service's group may run with root's rights, belongs to that group."""
    aspects: tuple[Aspect, ...] = ASPECTS


@family("trees.system", needs=(Walk, Accounts, Paths), args=SystemArgs)
def system(args: SystemArgs, walk: Walk, accounts: Accounts, paths: Paths) -> Verdict:
    """Only root changes what everybody runs."""
    places = COMMANDS if args.part == "commands" else LIBRARIES
    users, groups = _users(accounts), _groups(accounts)
    wrong = [
        quoted_entry(entry, _name(users, entry.uid), groups.get(entry.gid, str(entry.gid)))
        for entry in walk.system
        if entry.kind == args.kind[0]
        and any(f"{entry.path}/".startswith(f"{place}/") for place in places)
        and _is_wrong(entry, args)
    ]
    if not wrong and not (walk.all_of("c") and _is_walked(walk, paths, places)):
        return not_evaluated(_CUT)
    return none_of(
        wrong,
        msg("only root can change any of them"),
        msg("{count} are not root's alone: {names}"),
    )


def _is_wrong(entry: Entry, args: SystemArgs) -> bool:
    return (
        ("owner" in args.aspects and entry.uid != 0)
        or ("mode" in args.aspects and bool(entry.mode & 0o022))
        or ("group" in args.aspects and args.group and _is_foreign(entry))
    )


def _is_foreign(entry: Entry) -> bool:
    needs_its_group = entry.kind == "f" and entry.mode & _SET_ID and entry.gid < FIRST_PERSON
    return entry.gid != 0 and not needs_its_group


class LogArgs(Args):
    """How log files must be, and which of them other checks judge."""

    mode: str
    owners: tuple[str, ...]
    """Beside root."""
    groups: tuple[str, ...]
    excepted: tuple[str, ...] = ()
    """Shell globs, in which `*` goes over slashes."""
    aspects: tuple[Aspect, ...] = ASPECTS

    @field_validator("mode")
    @classmethod
    def _is_seen(cls, value: str) -> str:
        if 0o640 & ~int(value, 8):
            raise ValueError("the walk shows no log file that is closed as 0640 is")
        return value


@family("trees.logs", needs=(Walk, Accounts, Paths), args=LogArgs)
def logs(args: LogArgs, walk: Walk, accounts: Accounts, paths: Paths) -> Verdict:
    """Log files are closed to others and belong to the system or to a service."""
    users, groups = _users(accounts), _groups(accounts)
    widest = int(args.mode, 8)
    wrong = []
    for entry in walk.logs:
        owner, group = _name(users, entry.uid), groups.get(entry.gid, str(entry.gid))
        if any(fnmatchcase(entry.path, pattern) for pattern in args.excepted):
            continue
        own = entry.uid == 0 or owner in args.owners
        service = not own and _is_service(users.get(entry.uid))
        grouped = service or entry.gid == 0 or group in args.groups
        if (
            ("owner" in args.aspects and not own and not service)
            or ("group" in args.aspects and not grouped)
            or ("mode" in args.aspects and entry.mode & ~widest)
        ):
            wrong.append(quoted_entry(entry, owner, group))
    if not wrong and not (walk.all_of("l") and _is_walked(walk, paths, ("/var/log",))):
        return not_evaluated(_CUT)
    return none_of(
        wrong,
        msg("every log file has the right owner and mode"),
        msg("{count} log files are foreign or too open: {names}"),
    )


def _is_service(account: Account | None) -> bool:
    """A service's own account may own its logs, unless a person could log in as it."""
    return account is not None and account.uid < FIRST_PERSON and not account.can_log_in


def _is_walked(walk: Walk, paths: Paths, places: tuple[str, ...]) -> bool:
    """True if these places are where the walk saw them, and not behind links to elsewhere."""
    above = {dirname(place) for place in places} - {"/"}
    for place in (*places, *above):
        target = paths.paths[place].target if place in paths.paths else None
        if target and normpath(join(dirname(place), target)) not in places:
            return False
    return all(map(walk.went_into, places))


def _users(accounts: Accounts) -> Mapping[int, Account]:
    return {one.uid: one for one in reversed(accounts.accounts)}


def _groups(accounts: Accounts) -> Mapping[int, str]:
    return {one.gid: one.name for one in reversed(accounts.groups)}


def _name(users: Mapping[int, Account], uid: int) -> str:
    return users[uid].name if uid in users else str(uid)
