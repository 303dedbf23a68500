"""What lies anywhere: files without an owner, what everybody may write, commands, libraries, logs.

Walked as the scan walks: local file systems, the first mount of each device.
"""

from __future__ import annotations

import fnmatch
import os
import pwd
import stat
from collections.abc import Iterator
from typing import NamedTuple

from playbooks.hosts.disks import PRUNED, starts
from playbooks.hosts.rights import (
    ASPECTS,
    FIRST_PERSON,
    SHELLS_WITHOUT_LOGIN,
    Row,
    Wanted,
    groups,
    number_of,
    settle,
    users,
)

_LIBRARIES = tuple(f"{top}/lib{kind}" for top in ("", "/usr") for kind in ("", "32", "64", "x32"))
_PLACES = {
    "commands": ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin",
                 "/usr/libexec"),
    "libraries": _LIBRARIES,
}  # fmt: skip


class Entry(NamedTuple):
    """A file or folder, and the descriptor of the folder that it lies in."""

    path: str
    folder: int | None
    found: os.stat_result

    @property
    def is_folder(self) -> bool:
        """True for a folder."""
        return stat.S_ISDIR(self.found.st_mode)

    @property
    def mode(self) -> int:
        """The twelve bits of rights."""
        return stat.S_IMODE(self.found.st_mode)


def main(request: Row) -> None:
    """Settle what the rows ask for, in one walk for those that ask everywhere."""
    rows, dry = request["rows"], request["dry"]
    for row in rows:
        if row["family"] == "trees.system":
            _system(row, dry)
        elif row["family"] == "trees.logs":
            _logs(row, dry)
    wide = [row for row in rows if row["family"] == "files.walk"]
    if wide:
        _everywhere(wide, dry)


def walked(top: str) -> Iterator[Entry]:
    """A folder and all in it, in one file system; links are not followed."""
    here = os.lstat(top)
    yield Entry(top, None, here)
    for folder, names, files, handle in os.fwalk(top, follow_symlinks=False):
        for name in sorted([*names, *files]):
            path = f"{folder.rstrip('/')}/{name}"
            try:
                found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue
            # An overlay shows a file with the device of its layer: only folders tell mounts.
            if name in names and (found.st_dev != here.st_dev or path in PRUNED):
                names.remove(name)
            elif stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
                yield Entry(path, handle, found)


def _everywhere(rows: list[Row], dry: bool) -> None:
    allowed = {row["what"]: row.get("allowed", ()) for row in rows}

    def asks(path: str, *whats: str) -> bool:
        return any(what in allowed and not any(fnmatch.fnmatchcase(path, one)
                                               for one in allowed[what])
                   for what in whats)  # fmt: skip

    for top in starts():
        for entry in walked(top):
            lost_user = entry.found.st_uid not in users()
            lost_group = entry.found.st_gid not in groups()
            shared, is_folder = entry.mode & 0o002, entry.is_folder
            wanted = Wanted(
                0 if (lost_user and asks(entry.path, "unowned", "without_user"))
                or (shared and is_folder and entry.found.st_uid
                    and asks(entry.path, "foreign_directories")) else None,
                0 if lost_group and asks(entry.path, "unowned", "without_group") else None,
                entry.mode & ~0o002 if shared and not is_folder
                and asks(entry.path, "world_writable_files") else None,
                extra=0o1000 if shared and is_folder
                and asks(entry.path, "world_writable_directories") else 0,
            )  # fmt: skip
            if wanted != Wanted():
                settle(entry.path, wanted, dry=dry, folder=entry.folder)


def _system(row: Row, dry: bool) -> None:
    """What everybody runs is root's; a program with a service's group keeps that group."""
    aspects = row.get("aspects", ASPECTS)
    for place in _PLACES[row["part"]]:
        if os.path.islink(place) or not os.path.isdir(place):
            continue
        for entry in walked(place):
            if entry.is_folder != (row["kind"] == "directory"):
                continue
            of_service = not entry.is_folder and entry.mode & 0o6000
            of_service = of_service and entry.found.st_gid < FIRST_PERSON
            group = "group" in aspects and row.get("group") and not of_service
            wanted = Wanted(
                0 if "owner" in aspects else None,
                0 if group else None,
                0o7755 if "mode" in aspects else None,
            )
            settle(entry.path, wanted, dry=dry, folder=entry.folder)


def _logs(row: Row, dry: bool) -> None:
    """Log files are the system's or a service's, and closed to others."""
    aspects = row.get("aspects", ASPECTS)
    services = _services()
    for entry in walked("/var/log"):
        if entry.is_folder or any(fnmatch.fnmatchcase(entry.path, one)
                                  for one in row.get("excepted", ())):  # fmt: skip
            continue
        uid, gid = entry.found.st_uid, entry.found.st_gid
        own = uid == 0 or users().get(uid) in row["owners"]
        service = not own and uid in services
        grouped = service or gid == 0 or groups().get(gid) in row["groups"]
        wanted = Wanted(
            0 if "owner" in aspects and not own and not service else None,
            number_of(row["groups"], groups()) if "group" in aspects and not grouped else None,
            int(row["mode"], 8) if "mode" in aspects else None,
        )
        settle(entry.path, wanted, dry=dry, folder=entry.folder)


def _services() -> frozenset[int]:
    """Accounts of services that nobody logs in as."""
    return frozenset(
        one.pw_uid
        for one in pwd.getpwall()
        if one.pw_uid < FIRST_PERSON and one.pw_shell.rsplit("/", 1)[-1] in SHELLS_WITHOUT_LOGIN
    )
