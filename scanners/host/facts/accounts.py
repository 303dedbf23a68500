"""Accounts, groups and the ageing of passwords; password hashes never leave the host."""

from __future__ import annotations

from dataclasses import dataclass


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
    """None if the home does not exist or is no directory."""
    home_uid: int | None = None

    @property
    def can_log_in(self) -> bool:
        """True if its shell lets a person in."""
        return self.shell.rsplit("/", 1)[-1] not in {"nologin", "false", "sync", "halt", "shutdown"}


@dataclass(frozen=True)
class Group:
    """A line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...]
    has_password: bool = False


@dataclass(frozen=True)
class Accounts:
    """Everybody who is known to the host."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class LoginDefs:
    """login.defs(5) and the defaults of useradd(8)."""

    values: dict[str, str]
    """Upper-case key → last value, as shadow's own reader takes it."""
    useradd: dict[str, str]
    """/etc/default/useradd."""
