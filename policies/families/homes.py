"""What lies in the homes of people, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename
from typing import Literal, NamedTuple

from pydantic import field_validator

from govctl.texts import Message, msg
from policies.families import Args, NoArgs, family
from policies.families._paths import given_away, quoted, quoted_entry
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.accounts import Account, Accounts
from scanners.host.facts.paths import Path, Paths
from scanners.host.facts.walk import FIRST_PERSON, NOBODY, Walk
from scanners.host.following import DOT_FILES

_NOBODY_HERE = msg("no person's account has a home directory here")


class _Home(NamedTuple):
    account: Account
    path: str
    end: Path | None
    """None if nobody looked."""


def _homes(accounts: Accounts, paths: Paths) -> list[_Home]:
    """The homes of people that exist, or of which nobody knows."""
    asked = frozenset(paths.asked)
    found = []
    for one in accounts.accounts:
        if not one.can_log_in or not FIRST_PERSON <= one.uid != NOBODY:
            continue
        home = one.home.rstrip("/") or "/"
        end = paths.paths[home].end if home in paths.paths else None
        if (end and end.kind == "directory") or home not in asked:
            found.append(_Home(one, home, end))
    return found


class _Names:
    """Names of users and groups, the first of a number."""

    def __init__(self, accounts: Accounts) -> None:
        self._users: dict[int, str] = {}
        self._groups: dict[int, str] = {}
        for account in accounts.accounts:
            self._users.setdefault(account.uid, account.name)
        for group in accounts.groups:
            self._groups.setdefault(group.gid, group.name)

    def user(self, uid: int) -> str:
        return self._users.get(uid, str(uid))

    def group(self, gid: int) -> str:
        return self._groups.get(gid, str(gid))


@family("homes.group", needs=(Accounts, Paths), args=NoArgs)
def group(_args: NoArgs, accounts: Accounts, paths: Paths) -> Verdict:
    """People's home directories belong to their own group."""
    homes, names = _homes(accounts, paths), _Names(accounts)
    if not homes:
        return _nobody(accounts)
    unseen = [home.path for home in homes if home.end is None]
    wrong = [quoted(home.end) for home in homes
             if home.end and home.end.group != names.group(home.account.gid)]  # fmt: skip
    return _judged(
        wrong,
        unseen,
        msg("every home directory belongs to its user's own group"),
        msg("{count} home directories belong to another group: {names}"),
    )


class DotArgs(Args):
    """Which dot files (a regular expression of the name), and how they must be."""

    names: str = r"\..*"
    mode: str | None = None
    """The widest mode, octal; any if it is not given."""
    own: Literal["user", "group"] | None = None
    """Whether they must belong to the user, or to the user's own group."""
    absent: bool = False
    """True if there must be none."""
    paths: tuple[str, ...] = ()
    """Files of root, which is nobody's person, that must not be there either."""

    @field_validator("names")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        return value


@family("homes.dot-files", needs=(Accounts, Paths), args=DotArgs)
def dot_files(args: DotArgs, accounts: Accounts, paths: Paths) -> Verdict:
    """Dot files in people's homes are their own, are closed to others, or are not there."""
    homes, names = _homes(accounts, paths), _Names(accounts)
    roots = [quoted(paths.paths[path]) for path in args.paths if path in paths.paths]
    unseen = [path for path in args.paths if not paths.asked_for(path)]
    if not homes and not roots and not unseen:
        return _nobody(accounts)
    asked = frozenset(paths.asked)
    unseen += [home.path for home in homes if home.path + DOT_FILES not in asked]
    wrong = roots + [
        quoted(path)
        for home in homes
        for path in _dot_files(home.path, paths)
        if re.fullmatch(args.names, basename(path.path))
        and _is_wrong(path, args, home.account, names)
    ]
    if args.absent:
        good = msg("no home directory holds such a file")
        bad = msg("{count} home directories hold such a file: {names}")
    else:
        good = msg("every such file in a home directory is as it should be")
        bad = msg("{count} files in home directories are foreign or too open: {names}")
    return _judged(wrong, unseen, good, bad)


def _dot_files(folder: str, paths: Paths) -> Iterator[Path]:
    base = folder.rstrip("/")
    names = paths.folders.get(base, ())
    return (paths.paths[f"{base}/{name}"] for name in names if name.startswith("."))


def _is_wrong(path: Path, args: DotArgs, account: Account, names: _Names) -> bool:
    if args.absent:
        return True
    end = path.end
    if end is None or end.kind != "file":
        return False
    widest = int(args.mode, 8) if args.mode else 0o7777
    if end.mode & ~widest or given_away(end, widest, (account.name,)):
        return True
    if args.own == "user":
        return end.owner != names.user(account.uid)
    return args.own == "group" and end.group != names.group(account.gid)


class TreeArgs(Args):
    """What must hold of everything in a home, at any depth."""

    what: Literal["owner", "group", "mode"]


_LETTERS = {"owner": "o", "group": "r", "mode": "m"}


@family("homes.tree", needs=(Accounts, Paths, Walk), args=TreeArgs)
def tree(args: TreeArgs, accounts: Accounts, paths: Paths, walk: Walk) -> Verdict:
    """Everything in people's homes is theirs and is closed to others."""
    homes, names = _homes(accounts, paths), _Names(accounts)
    if not homes:
        return _nobody(accounts)
    entries = {
        "owner": walk.foreign_in_homes,
        "group": walk.regrouped_in_homes,
        "mode": walk.open_in_homes,
    }[args.what]
    wrong = [quoted_entry(entry, names.user(entry.uid), names.group(entry.gid))
             for entry in entries]  # fmt: skip
    unseen = [home.path for home in homes if home.path not in walk.homes]
    if not wrong and not walk.all_of(_LETTERS[args.what]):
        return not_evaluated(msg("the walk of the file systems did not go everywhere"))
    bad: Message = {
        "owner": msg("{count} files in home directories belong to somebody else: {names}"),
        "group": msg("{count} files in home directories belong to another group: {names}"),
        "mode": msg("{count} files in home directories are wider than 0750: {names}"),
    }[args.what]
    return _judged(wrong, unseen, msg("everything in the home directories is as it should be"), bad)


def _nobody(accounts: Accounts) -> Verdict:
    """Nobody's home can be wrong where there are no people; else none of their homes is here."""
    people = any(one.can_log_in and FIRST_PERSON <= one.uid != NOBODY for one in accounts.accounts)
    return not_applicable(_NOBODY_HERE) if people else passed(msg("there is no person's account"))


def _judged(wrong: list[str], unseen: list[str], good: Message, bad: Message) -> Verdict:
    if not wrong and unseen:
        return not_evaluated(
            msg("{names} was not looked into", names=", ".join(unseen[:5])), unseen
        )
    return none_of(wrong, good, bad)


class TrustArgs(Args):
    """Files that let other machines' users in without a password."""

    paths: tuple[str, ...]
    names: tuple[str, ...]
    """Their names in a home directory."""


@family("homes.trust", needs=(Accounts, Paths), args=TrustArgs)
def trust(args: TrustArgs, accounts: Accounts, paths: Paths) -> Verdict:
    """No file lets somebody of another machine in without a password."""
    unseen = [pattern for pattern in args.paths if not paths.asked_for(pattern)]
    asked, homes = frozenset(paths.asked), _homes(accounts, paths)
    unseen += [home.path for home in homes if home.path + DOT_FILES not in asked]
    found = sorted({path for path in _trusting(args, homes) if path in paths.paths})
    if found:
        return failed(msg("{names} exists", names=", ".join(found[:5])), found)
    if unseen:
        return not_evaluated(
            msg("{names} was not looked into", names=", ".join(unseen[:5])), unseen
        )
    return passed(msg("no file lets other machines' users in"))


def _trusting(args: TrustArgs, homes: list[_Home]) -> Iterator[str]:
    yield from args.paths
    for home in homes:
        yield from (f"{home.path}/{name}" for name in args.names)
