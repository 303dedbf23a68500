"""Accounts, groups and the ageing of passwords; password hashes never leave the host."""

from __future__ import annotations

import re
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.following import homes
from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import is_part, text_of
from scanners.host.reductions import accounts_file


@dataclass(frozen=True)
class Account:
    """A line of passwd(5) joined with what shadow(5) says about it."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    password: str
    """`none` (empty: logs in without one), `locked` (`!`, `*`), or the crypt method: `yescrypt`,
    `sha512crypt`, `md5crypt`, `descrypt` …; `unshadowed` if the hash stands in passwd."""
    changed: int | None = None
    """Days since 1970 of the last change."""
    min_days: int | None = None
    max_days: int | None = None
    warn_days: int | None = None
    inactive_days: int | None = None
    expires: int | None = None
    home_mode: int | None = None
    """None if the home does not exist or is no directory; a link counts as what it leads to."""
    home_uid: int | None = None
    shadowed: bool = True
    """False if passwd(5) itself holds the password's hash, or an empty field: then shadow(5) is not
    asked, and an empty field lets everybody in."""

    @property
    def can_log_in(self) -> bool:
        """True if its shell lets a person in."""
        return self.shell.rsplit("/", 1)[-1] not in {"nologin", "false", "sync", "halt", "shutdown"}

    @property
    def has_password(self) -> bool:
        """True if a password lets it in: it is neither locked nor open without one."""
        return self.password not in ("none", "locked")


@dataclass(frozen=True)
class Group:
    """A line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...]
    has_password: bool = False


@dataclass(frozen=True)
class Accounts:
    """Everybody who is known to the host's own files."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]
    shadow_known: bool = True
    """False for a part of a machine without shadow(5): what passwords there are is not known."""


@dataclass(frozen=True)
class LoginDefs:
    """login.defs(5) and the defaults of useradd(8)."""

    values: dict[str, str]
    """Upper-case key → last value, as shadow's own reader takes it."""
    useradd: dict[str, str]
    """/etc/default/useradd as useradd(8) reads it: nothing before the key, and the value with all
    its blanks and quotes."""


METHODS = {
    "y": "yescrypt", "gy": "gost-yescrypt", "7": "scrypt", "2a": "bcrypt", "2b": "bcrypt",
    "2y": "bcrypt", "2x": "bcrypt", "6": "sha512crypt", "5": "sha256crypt", "sha1": "sha1crypt",
    "md5": "sunmd5", "1": "md5crypt", "3": "nt",
}  # fmt: skip
"""The prefixes of crypt(5)."""
_WIDTHS = {"/etc/passwd": 7, "/etc/shadow": 9, "/etc/group": 4, "/etc/gshadow": 4}
"""Fields of a line."""
_HIGHEST = 2**32 - 1


def parse_accounts(raw: Raw) -> Accounts | Missing:
    """passwd, shadow, group, gshadow, joined by name; the first line of a name counts."""
    tables: dict[str, list[list[str]]] = {}
    for path, width in _WIDTHS.items():
        table = _table(raw, path, width)
        if isinstance(table, Missing):
            return table
        tables[path] = table
    passwd, shadow, group, gshadow = tables.values()
    ages = {line[0]: line for line in reversed(shadow)}
    secrets = {line[0]: line for line in reversed(gshadow)}
    accounts = [_account(raw, line, ages.get(line[0])) for line in passwd]
    groups = [_group(line, secrets.get(line[0])) for line in group]
    known = tuple(account for account in accounts if account)
    if not known:
        return Missing(msg("{path} names no account", path="/etc/passwd"))
    shadow_known = not is_part(raw) or "/etc/shadow" in raw.files
    return Accounts(known, tuple(one for one in groups if one), shadow_known)


def _table(raw: Raw, path: str, width: int) -> list[list[str]] | Missing:
    """Lines of so many fields; a file that has bytes and no such line was not read rightly."""
    text = text_of(raw, path)
    if isinstance(text, Missing):
        return text
    if text is None:
        return [] if path.endswith("shadow") else Missing(msg("there is no {path}", path=path))
    rows = [_fields(path, line.lstrip(), width) for line in text.splitlines()]
    good = [row for row in rows if row and row[0]]
    if not good and raw.files[path].size > 0:
        return Missing(msg("{path} says nothing that can be read", path=path))
    return good


def _fields(path: str, line: str, width: int) -> list[str]:
    """The fields that glibc makes of a line; none where it passes over it.

    passwd(5) may end after the gid and has colons in its last field, group(5) may end after its
    own; shadow(5) has all of its fields, or the first five of an old form.
    """
    least = {"/etc/passwd": 4, "/etc/group": 3}.get(path)
    row = line.split(":") if least is None else line.split(":", width - 1)
    if path == "/etc/shadow" and len(row) in (5, 6) and not any(row[5:]):
        least = 5
    whole = len(row) == width or (least is not None and len(row) >= least)
    return [*row, *[""] * (width - len(row))] if whole and not line.startswith("#") else []


def _account(raw: Raw, line: list[str], ages: list[str] | None) -> Account | None:
    uid, gid = _number(line[2]), _number(line[3])
    if uid is None or gid is None:
        return None
    home = raw.files.get(line[5].rstrip("/") or "/")
    end = home.leads_to if home is not None and home.kind == "link" else home
    there = end if end is not None and end.kind == "directory" else None
    days = [_number(field) for field in ages[2:8]] if ages else [None] * 6
    changed, least, most, warn, inactive, expires = days
    return Account(
        name=line[0],
        uid=uid,
        gid=gid,
        home=line[5],
        shell=line[6] or "/bin/sh",
        password=_password(line[1], ages),
        changed=changed,
        min_days=least,
        max_days=most,
        warn_days=warn,
        inactive_days=inactive,
        expires=expires,
        home_mode=there.mode if there else None,
        home_uid=there.uid if there else None,
        shadowed=line[1] != "" and method_of(line[1]) == "locked",
    )


def _password(field: str, ages: list[str] | None) -> str:
    if field == "x":
        # An `x` without a line in shadow(5) lets nobody in: pam_unix finds no password.
        return method_of(ages[1]) if ages else "locked"
    kind = method_of(field)
    return kind if kind in {"none", "locked"} else "unshadowed"


def method_of(field: str) -> str:
    """The crypt method of a reduced password field (see `reductions.py`)."""
    if field == "":
        return "none"
    if field[0] in "!*x":
        return "locked"
    if field == "?des":
        return "descrypt"
    match = re.fullmatch(r"\$([a-z0-9-]+)\$", field)
    return METHODS.get(match[1], "unknown") if match else "unknown"


def _group(line: list[str], secret: list[str] | None) -> Group | None:
    gid = _number(line[2])
    if gid is None:
        return None
    field = secret[1] if secret and line[1] == "x" else line[1]
    members = tuple(name for name in line[3].split(",") if name)
    return Group(
        line[0], gid, members, has_password=field not in {"", "x"} and field[0] not in "!*"
    )


def _number(text: str) -> int | None:
    """A whole number of the size that the fields have, or None; -1 means that it is not set."""
    match = re.fullmatch(r"[ \t]*(?:\+|-(?=0*$))?([0-9]{1,10})", text, re.ASCII)
    if not match:
        return None
    value = int(match[1])
    return value if value <= _HIGHEST else None


def parse_login_defs(raw: Raw) -> LoginDefs | Missing:
    """login.defs(5) as shadow's getdef.c reads it: the last line of a key, quotes dropped."""
    defs, useradd = text_of(raw, "/etc/login.defs"), text_of(raw, "/etc/default/useradd")
    for text in (defs, useradd):
        if isinstance(text, Missing):
            return text
    values = {}
    for line in str(defs or "").splitlines():
        match = re.fullmatch(r"\s*([A-Z][A-Z0-9_]*)[ \t]+[\" \t]*([^\"]*).*", line.rstrip())
        if match:
            values[match[1]] = match[2].rstrip()
    pairs = (line.partition("=") for line in str(useradd or "").split("\n"))
    defaults = {key: value for key, equals, value in pairs if equals}
    if defs and not values:
        return Missing(msg("{path} says nothing that can be read", path="/etc/login.defs"))
    return LoginDefs(values, {key: value for key, value in defaults.items() if key.isidentifier()})


ACCOUNTS = Source(
    Accounts,
    parse_accounts,
    reduced=tuple(map(accounts_file, _WIDTHS)),
    follows=(homes(),),
)
LOGIN_DEFS = Source(LoginDefs, parse_login_defs, files=("/etc/login.defs", "/etc/default/useradd"))
