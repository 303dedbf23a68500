"""Owners, modes and access lists of named paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from scanners.host.facts.walk import SYSTEM
from scanners.host.folders import Folders, by_folder
from scanners.host.following import dot_files
from scanners.host.model import File, Missing, Raw, Source, Standing
from scanners.host.reading import Globs, expand, file_text
from scanners.host.reductions import accounts_file


@dataclass(frozen=True)
class Path:
    """One path, the last symbolic link not followed."""

    path: str
    kind: str
    mode: int
    owner: str
    """Name, or the number where it has none."""
    group: str
    leads_to: Path | None = None
    """For a link: what following it gives; None if that is nothing."""
    target: str | None = None
    """For a link: where it points, as written."""
    acl: tuple[str, ...] = ()
    """What acl(5) gives beyond the mode: `user:an:r--`; `?` if nobody could read the list."""

    @property
    def end(self) -> Path | None:
        """What opening the path gives; None for a link that leads nowhere."""
        return self.leads_to if self.kind == "link" else self


@dataclass(frozen=True)
class Paths:
    """The named paths that checks ask for; one that is not here does not exist."""

    paths: Mapping[str, Path]
    asked: tuple[str, ...] = ()
    """Globs that were looked for; of other paths nothing is known."""

    def asked_for(self, path: str) -> bool:
        """True if this path's absence means that it does not exist."""
        return self._globs.match(path)

    def under(self, globs: Iterable[str]) -> list[Path]:
        """Everything that these globs name, by path."""
        found = {path for glob in globs for path in expand(self.folders, glob)}
        return [self.paths[path] for path in sorted(found)]

    @cached_property
    def _globs(self) -> Globs:
        return Globs(self.asked)

    @cached_property
    def folders(self) -> Folders:
        """The paths by the folder they lie in."""
        return by_folder(self.paths)


def parse_paths(raw: Raw) -> Paths | Missing:
    """Everything that was looked at, with the names of owners from the host's own files."""
    users, groups = names(raw, "/etc/passwd"), names(raw, "/etc/group")
    if isinstance(users, Missing):
        return users
    if isinstance(groups, Missing):
        return groups
    paths = {path: _path(file, users, groups) for path, file in raw.files.items()}
    return Paths(paths, raw.asked)


def _path(file: File, users: dict[int, str], groups: dict[int, str]) -> Path:
    def standing(one: File | Standing) -> tuple[str, str, int, str, str]:
        owner, group = users.get(one.uid, str(one.uid)), groups.get(one.gid, str(one.gid))
        return file.path, one.kind, one.mode, owner, group

    acl = tuple(_named(entry, users, groups) for entry in file.acl
                if entry != _own_journal(file.path)) if file.acl else ()  # fmt: skip
    if file.kind != "link":
        return Path(*standing(file), acl=acl)
    end = Path(*standing(file.leads_to), acl=acl) if file.leads_to else None
    return Path(*standing(file), leads_to=end, target=file.target)


def _own_journal(path: str) -> str:
    """The entry by which journald lets users read the journal of their own, or nothing
    (systemd-journald.service(8), "Access control")."""
    match = _USERS_JOURNAL.fullmatch(path)
    return f"user:{match[1]}:r--" if match else ""


def _named(entry: str, users: dict[int, str], groups: dict[int, str]) -> str:
    kind, colon, rest = entry.partition(":")
    number, _, letters = rest.partition(":")
    known = users if kind == "user" else groups
    name = known.get(int(number), number) if number.isascii() and number.isdigit() else number
    return f"{kind}:{name}:{letters}" if colon else entry


_USERS_JOURNAL = re.compile(
    r"/(?:var|run)/log/journal/[0-9a-f]+/user-([0-9]{1,10})(?:@[0-9a-f-]+)?\.journal~?"
)
_USERS = {
    0: "root", 1: "daemon", 2: "bin", 3: "sys", 5: "games", 6: "man", 7: "lp", 8: "mail", 9: "news",
    10: "uucp", 13: "proxy", 33: "www-data", 34: "backup", 38: "list", 65534: "nobody",
}  # fmt: skip
_GROUPS = {
    0: "root", 1: "daemon", 2: "bin", 3: "sys", 4: "adm", 5: "tty", 6: "disk", 7: "lp", 8: "mail",
    12: "man", 15: "kmem", 27: "sudo", 33: "www-data", 34: "backup", 37: "operator", 40: "src",
    42: "shadow", 43: "utmp", 46: "plugdev", 50: "staff", 60: "games", 100: "users",
    65534: "nogroup",
}  # fmt: skip


def names(raw: Raw, path: str) -> dict[int, str] | Missing:
    """Number → name of passwd(5) or group(5), the first line of a number counts.

    In a tree without the file these are the numbers that Debian gives out once and for all.
    """
    file = raw.files.get(path)
    if file is None and not raw.live:
        return dict(_GROUPS if path == "/etc/group" else _USERS)
    text = file_text(file) if file else ""
    if isinstance(text, Missing):
        return text
    found: dict[int, str] = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2].isascii() and fields[2].isdigit() and len(fields[2]) < 11:
            found.setdefault(int(fields[2]), fields[0])
    return found


STATS = (
    *(
        f"/etc/{name}{dash}"
        for name in ("passwd", "group", "shadow", "gshadow")
        for dash in ("", "-")
    ),
    "/etc/ssh/sshd_config",
    "/etc/ssh/sshd_config.d/*",
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssh/ssh_host_*_key.pub",
    "/etc/crontab",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/cron.d",
    "/etc/cron.allow",
    "/etc/cron.deny",
    "/etc/at.allow",
    "/etc/at.deny",
    "/etc/issue",
    "/etc/issue.net",
    "/etc/motd",
    "/etc/shells",
    "/etc/security/opasswd",
    "/etc/security/opasswd.old",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/sudoers.d/*",
    "/etc/ssl/govctl/*",
    "/boot/grub/grub.cfg",
    "/root",
    "/home",
    "/home/*",
    "/tmp",  # noqa: S108 - looked at, not written to
    "/var/tmp",  # noqa: S108
    "/dev/shm",  # noqa: S108
    "/usr",
    "/usr/local",
    "/var",
    "/var/log",
    "/var/log/*",
    *SYSTEM,
)
PATHS = Source(
    Paths,
    parse_paths,
    stats=STATS,
    reduced=tuple(map(accounts_file, ("/etc/passwd", "/etc/group"))),
    follows=(dot_files(),),
)
