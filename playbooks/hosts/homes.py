"""Homes of people: that they exist, are theirs, and are closed to others.

What lies in a home is in its user's hands even while this runs: folders are walked by descriptors,
no link is followed, and a file with more than one name is given to nobody.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
import sys

from playbooks.hosts.rights import Row, Wanted, is_person, remove, say, settle


def main(request: Row) -> None:
    """Settle what the rows ask of every person's home."""
    homes = _homes()
    for row in request["rows"]:
        ways = {"accounts.homes": _folder, "homes.group": _group, "homes.dot-files": _dot_files,
                "homes.tree": _tree, "homes.trust": _trust}  # fmt: skip
        for account in homes:
            ways[row["family"]](row, account, request["dry"])
        if row["family"] == "homes.trust":
            for path in row["paths"]:
                remove(path, dry=request["dry"])


def _homes() -> list[pwd.struct_passwd]:
    """Accounts of people with a home of their own; `/` is nobody's."""
    people = (one for one in pwd.getpwall() if is_person(one))
    return [one for one in people if one.pw_dir.startswith("/") and one.pw_dir.rstrip("/")]


def _home(account: pwd.struct_passwd) -> str:
    return account.pw_dir.rstrip("/")


def _folder(row: Row, account: pwd.struct_passwd, dry: bool) -> None:
    aspects, home = row.get("aspects", ("exists", "owner", "mode")), _home(account)
    if not os.path.lexists(home):
        if "exists" in aspects and os.path.isdir(os.path.dirname(home)):
            if not dry:
                os.mkdir(home, 0o700)
                os.chown(home, account.pw_uid, account.pw_gid, follow_symlinks=False)
            say(home, "made")
        return
    wanted = Wanted(
        account.pw_uid if "owner" in aspects else None,
        widest=int(row.get("mode", "7777"), 8) if "mode" in aspects else None,
        known=(account.pw_name,),
    )
    settle(home, wanted, dry=dry)


def _group(_row: Row, account: pwd.struct_passwd, dry: bool) -> None:
    settle(_home(account), Wanted(gid=account.pw_gid), dry=dry)


def _dot_files(row: Row, account: pwd.struct_passwd, dry: bool) -> None:
    home, mode = _home(account), row.get("mode")
    try:
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    wanted = Wanted(
        account.pw_uid if row.get("own") == "user" else None,
        account.pw_gid if row.get("own") == "group" else None,
        int(mode, 8) if mode else None,
        (account.pw_name,),
    )
    try:
        for name in sorted(os.listdir(folder)):
            if not name.startswith(".") or not re.fullmatch(row.get("names", r"\..*"), name):
                continue
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode) and _may_change(f"{home}/{name}", found, account):
                settle(f"{home}/{name}", wanted, dry=dry, folder=folder)
    finally:
        os.close(folder)


def _may_change(path: str, found: os.stat_result, account: pwd.struct_passwd) -> bool:
    """A second name may have been made for a file of the system, to be given away here."""
    if found.st_nlink == 1 or stat.S_ISDIR(found.st_mode) or found.st_uid == account.pw_uid:
        return True
    sys.stderr.write(f"{path!r} has more than one name and is left alone\n")
    return False


def _tree(row: Row, account: pwd.struct_passwd, dry: bool) -> None:
    home = _home(account)
    wanted = {
        "owner": Wanted(uid=account.pw_uid),
        "group": Wanted(gid=account.pw_gid),
        "mode": Wanted(widest=0o0750, known=(account.pw_name,)),
    }[row["what"]]
    others = {_home(one) for one in _homes()} - {home}
    try:
        device = os.lstat(home).st_dev
    except OSError:
        return
    for folder, names, files, handle in os.fwalk(home, follow_symlinks=False):
        for name in sorted([*names, *files]):
            path = f"{folder}/{name}"
            try:
                found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue
            # An overlay shows a file with the device of its layer: only folders tell mounts.
            if path in others or (name in names and found.st_dev != device):
                if name in names:
                    names.remove(name)
                continue
            if _may_change(path, found, account):
                is_folder = stat.S_ISDIR(found.st_mode)
                here = wanted._replace(widest=0o7750) if is_folder and wanted.widest else wanted
                settle(path, here, dry=dry, folder=handle)


def _trust(row: Row, account: pwd.struct_passwd, dry: bool) -> None:
    for name in row["names"]:
        remove(f"{_home(account)}/{name}", dry=dry)
