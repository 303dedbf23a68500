"""Accounts, groups, and how long passwords live."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._expect import Expect, as_c_number, as_integer
from policies.families._verdicts import (
    failed,
    listed,
    none_of,
    not_applicable,
    not_evaluated,
    passed,
)
from policies.model import Verdict
from scanners.host.facts.accounts import Account, Accounts, LoginDefs
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing

_FIRST_PERSON = 1000
_NOBODY = 65534
_HELD_BY_HABIT = frozenset({"sync", "shutdown", "halt", "operator"})
"""Accounts that other systems put into group 0, and that let nobody in."""


class HashArgs(Args):
    """Crypt methods that may protect a password."""

    allowed: tuple[str, ...]


class NamesArgs(Args):
    """Accounts that are excepted."""

    allowed: tuple[str, ...] = ()


class UniqueArgs(Args):
    """What must not occur twice."""

    what: Literal["uid", "name", "gid", "group"]


class HomeArgs(Args):
    """The widest mode of a home directory, octal, and what is asked of one."""

    mode: str = "7777"
    aspects: tuple[Literal["exists", "owner", "mode"], ...] = ("exists", "owner", "mode")


class DefinitionArgs(Expect):
    """A key of login.defs; `default` is what shadow takes where the key is absent."""

    key: str
    default: str | None = None

    def holds(self, value: str) -> bool:
        """As any value; numbers as shadow reads them (getlong.c): what it cannot read is none."""
        if self.minimum is None and self.maximum is None:
            return super().holds(value)
        number = as_c_number(value)
        return number is not None and super().holds(str(number))


def _people(accounts: Accounts) -> list[Account]:
    return [account for account in accounts.accounts
            if account.can_log_in and _FIRST_PERSON <= account.uid != _NOBODY]  # fmt: skip


def of_passwords(verdict: Verdict, accounts: Accounts) -> Verdict:
    """A verdict on passwords; no pass where shadow was not there to be read."""
    if verdict.status == "pass" and not accounts.shadow_known:
        return not_evaluated(msg("there is no {path}", path="/etc/shadow"))
    return verdict


@family("accounts.no-empty-password", needs=(Accounts,), args=NoArgs)
def no_empty_password(_args: NoArgs, accounts: Accounts) -> Verdict:
    """No account opens without a password."""
    verdict = none_of(
        (account.name for account in accounts.accounts if account.password == "none"),  # noqa: S105
        msg("no account has an empty password"),
        msg("{count} accounts have an empty password: {names}"),
    )
    return of_passwords(verdict, accounts)


@family("accounts.shadowed", needs=(Accounts,), args=NoArgs)
def shadowed(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Password hashes stand in shadow, which only root reads."""
    unasked = [one.name for one in accounts.accounts if not one.shadowed]
    hashes = [one.name for one in accounts.accounts if one.password == "unshadowed"]  # noqa: S105
    if unasked and not hashes:
        return failed(msg("/etc/passwd itself lets {names} in without a password: shadow is not "
                          "asked", names=listed(unasked)), unasked)  # fmt: skip
    return none_of(
        [*hashes, *(name for name in unasked if name not in hashes)],
        msg("every password hash stands in /etc/shadow"),
        msg("{count} password hashes stand in /etc/passwd: {names}"),
    )


@family("accounts.hash-method", needs=(Accounts,), args=HashArgs)
def hash_method(args: HashArgs, accounts: Accounts) -> Verdict:
    """Every stored password is hashed by a strong method."""
    weak = [f"{account.name} ({account.password})" for account in accounts.accounts
            if account.has_password and account.password not in args.allowed]  # fmt: skip
    verdict = none_of(
        weak,
        msg("every stored password is hashed with {methods}", methods=" | ".join(args.allowed)),
        msg("{count} passwords are hashed by a weak method: {names}"),
    )
    return of_passwords(verdict, accounts)


@family("accounts.uid-zero", needs=(Accounts,), args=NoArgs)
def uid_zero(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Only root has uid 0."""
    return none_of(
        (one.name for one in accounts.accounts if one.uid == 0 and one.name != "root"),
        msg("only root has uid 0"),
        msg("{count} other accounts have uid 0: {names}"),
    )


@family("accounts.gid-zero", needs=(Accounts,), args=NamesArgs)
def gid_zero(args: NamesArgs, accounts: Accounts) -> Verdict:
    """Only root has the primary group 0."""
    excepted = {*args.allowed, "root"}
    members = [one.name for one in accounts.accounts if one.gid == 0 and one.name not in excepted
               and not (one.name in _HELD_BY_HABIT and not one.can_log_in)]  # fmt: skip
    root = next((one for one in accounts.accounts if one.name == "root"), None)
    if root is not None and root.gid != 0:
        return failed(msg("the primary group of root is {found}, not {wanted}", found=root.gid,
                          wanted=0), [f"root: {root.gid}"])  # fmt: skip
    return none_of(
        members,
        msg("only root has the primary group 0"),
        msg("{count} other accounts have the primary group 0: {names}"),
    )


@family("accounts.root-locked", needs=(Accounts,), args=NoArgs)
def root_locked(_args: NoArgs, accounts: Accounts) -> Verdict:
    """The default administrator account takes no password."""
    root = next((one for one in accounts.accounts if one.name == "root"), None)
    if root is None:
        return not_applicable(msg("there is no account called root"))
    if root.password == "locked":  # noqa: S105
        verdict = passed(msg("root has no password to log in with"), ["root: locked"])
        return of_passwords(verdict, accounts)
    return failed(msg("root can log in with a password"), [f"root: {root.password}"])


def _first_person(defs: LoginDefs | Missing) -> int:
    """The lowest uid of people: UID_MIN of login.defs(5)."""
    found = None if isinstance(defs, Missing) else as_integer(defs.values.get("UID_MIN", ""))
    return _FIRST_PERSON if found is None or found < 0 else found


@family("accounts.system-shells", needs=(Accounts,), args=NamesArgs, helps=(LoginDefs,))
def system_shells(args: NamesArgs, accounts: Accounts, defs: LoginDefs | Missing) -> Verdict:
    """Accounts of services have no login shell."""
    first = _first_person(defs)
    excepted = {"root", *args.allowed}
    open_shells = [f"{one.name} ({one.shell})" for one in accounts.accounts
                   if one.name not in excepted and one.can_log_in
                   and (one.uid < first or one.uid == _NOBODY)]  # fmt: skip
    return none_of(
        open_shells,
        msg("no service account has a login shell"),
        msg("{count} service accounts have a login shell: {names}"),
    )


@family("accounts.shellless-locked", needs=(Accounts,), args=NoArgs, helps=(TextFiles,))
def shellless_locked(_args: NoArgs, accounts: Accounts, files: TextFiles | Missing) -> Verdict:
    """An account without a login shell has no password either."""
    text = None if isinstance(files, Missing) else files.texts.get("/etc/shells")
    lines = [line.split("#")[0].strip() for line in (text or "").splitlines()]
    listed = {line for line in lines if line.startswith("/")}
    verdict = none_of(
        (
            one.name
            for one in accounts.accounts
            if one.name != "root"
            and one.password != "locked"  # noqa: S105 - a state
            and (not one.can_log_in or (listed and one.shell not in listed))
        ),
        msg("every account without a login shell is locked"),
        msg("{count} accounts without a login shell have a password: {names}"),
    )
    return of_passwords(verdict, accounts)


@family("accounts.unique", needs=(Accounts,), args=UniqueArgs)
def unique(args: UniqueArgs, accounts: Accounts) -> Verdict:
    """No two accounts or groups share a name or a number."""
    values: dict[str, list[str]] = {
        "uid": [str(one.uid) for one in accounts.accounts],
        "name": [one.name for one in accounts.accounts],
        "gid": [str(one.gid) for one in accounts.groups],
        "group": [one.name for one in accounts.groups],
    }
    twice = [value for value, times in Counter(values[args.what]).items() if times > 1]
    return none_of(
        twice,
        msg("no {what} occurs twice", what=args.what),
        msg("{count} values of {what} occur more than once: {names}", what=args.what),
    )


@family("accounts.groups-exist", needs=(Accounts,), args=NoArgs)
def groups_exist(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Every account's primary group exists."""
    known = {group.gid for group in accounts.groups}
    return none_of(
        (f"{one.name} ({one.gid})" for one in accounts.accounts if one.gid not in known),
        msg("every primary group exists"),
        msg("{count} accounts have a primary group that does not exist: {names}"),
    )


@family("accounts.shadow-group-empty", needs=(Accounts,), args=NoArgs)
def shadow_group_empty(_args: NoArgs, accounts: Accounts) -> Verdict:
    """Nobody is in the group that reads password hashes."""
    shadow = next((group for group in accounts.groups if group.name == "shadow"), None)
    if shadow is None:
        return passed(msg("there is no group called shadow"))
    primary = [one.name for one in accounts.accounts if one.gid == shadow.gid]
    return none_of(
        [*shadow.members, *primary],
        msg("the group shadow has no members"),
        msg("{count} accounts are in the group shadow: {names}"),
    )


@family("accounts.homes", needs=(Accounts,), args=HomeArgs)
def homes(args: HomeArgs, accounts: Accounts) -> Verdict:
    """People's home directories exist, are theirs, and are closed to others."""
    widest = int(args.mode, 8)
    offenders = []
    for one in _people(accounts):
        if one.home_mode is None:
            if "exists" not in args.aspects:
                continue
            offenders.append(f"{one.name} ({one.home} -)")
        elif "owner" in args.aspects and one.home_uid != one.uid:
            offenders.append(f"{one.name} ({one.home} uid {one.home_uid})")
        elif "mode" in args.aspects and one.home_mode & ~widest:
            offenders.append(f"{one.name} ({one.home} {one.home_mode:04o})")
    return none_of(
        offenders,
        msg("every home directory exists, belongs to its user and is closed to others"),
        msg("{count} home directories are missing, foreign or too open: {names}"),
    )


@family("accounts.definition", needs=(LoginDefs,), args=DefinitionArgs)
def definition(args: DefinitionArgs, defs: LoginDefs) -> Verdict:
    """A value of login.defs is as asked."""
    found = defs.values.get(args.key, args.default)
    if found is None:
        return failed(msg("{option} is not set; {wanted} is asked", option=args.key,
                          wanted=args.wanted))  # fmt: skip
    evidence = [f"{args.key} {found}"]
    if args.holds(found):
        return passed(msg("{option} is {found}", option=args.key, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=args.key, found=found, wanted=args.wanted),
        evidence,
    )
