"""Who may use cron and at: files of those who may, and none of those who may not."""

from __future__ import annotations

import os
from collections.abc import Collection

from playbooks.hosts.rights import Row, Wanted, groups, number_of, remove, settle
from playbooks.hosts.texts import settle_text

_MODE = 0o640
_PARTS = ("allow", "deny", "names")
_READERS = {"cron.allow": "crontab", "at.allow": "daemon"}
"""Groups of the setgid programs that read these files."""


def main(request: Row) -> None:
    """Rows of the family `files.allow-list`, and those of `files.permissions` about their files."""
    dry, paths = request["dry"], []
    for row in request["rows"]:
        if row["family"] != "files.allow-list":
            paths += row["paths"]
            continue
        parts = row.get("parts") or _PARTS
        if "deny" in parts:
            remove(row["deny"], dry=dry)
        if "allow" in parts:
            _list(row["allow"], row["names"], others="names" not in parts, dry=dry)
            paths.append(row["allow"])
    for path in dict.fromkeys(paths):
        reader = _READERS.get(os.path.basename(path), "")
        wanted = Wanted(uid=0, gid=number_of([reader], groups()), widest=_MODE, extra=_MODE)
        settle(path, wanted, dry=dry)


def _list(path: str, names: Collection[str], *, others: bool, dry: bool) -> None:
    """The names alone, unless there is such a file already, with none but them (or `others`)."""
    found = os.path.isfile(path)

    def change(text: str) -> str:
        held = {line.partition("#")[0].strip() for line in text.splitlines()} - {""}
        return text if found and (others or held <= set(names)) else "\n".join([*names, ""])

    settle_text(path, change, dry=dry, mode=_MODE)
