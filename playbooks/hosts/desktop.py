"""dconf(7): a keyfile, its locks and the profiles that read them; then `dconf update`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from playbooks.hosts.rights import Row
from playbooks.hosts.texts import read, settle_text, with_key, with_line

_PROFILE = "/etc/dconf/profile"
_BANNER = "Chỉ người được giao quyền mới được truy cập. / Authorised access only."
_TYPES = {"idle-delay": "uint32 ", "lock-delay": "uint32 "}


def main(request: Row) -> None:
    """Everybody's settings in the database `local`, the login screen's in `gdm`."""
    changed = False
    for row in request["rows"]:
        changed |= _set(row, request["dry"])
    if changed and not request["dry"] and shutil.which("dconf"):
        subprocess.run(["dconf", "update"], check=True)


def _set(row: Row, dry: bool) -> bool:
    name = "local" if row["profile"] == "user" else "gdm"
    changed = _read_by(row["profile"], name, dry)
    folder, key = row["key"].rsplit("/", 1)
    place = f"/etc/dconf/db/{name}.d/zz-govctl"
    changed |= settle_text(place, lambda text: with_key(text, folder, key, _value(row)), dry=dry)
    if row.get("locked", True):
        locks = f"/etc/dconf/db/{name}.d/locks/zz-govctl"
        changed |= settle_text(locks, lambda text: with_line(text, f"/{row['key']}"), dry=dry)
    return changed


def _read_by(profile: str, name: str, dry: bool) -> bool:
    """The profile names the database, behind the user's own."""
    path, line = f"{_PROFILE}/{profile}", f"system-db:{name}"
    if not os.path.exists(path):
        shipped = read(f"/usr/share/dconf/profile/{profile}")
        own = shipped or "user-db:user\n"

        def start(text: str) -> str:
            first, _, rest = (text or own).partition("\n")
            return text if line in text.splitlines() else f"{first}\n{line}\n{rest}"

        return settle_text(path, start, dry=dry)

    def place(text: str) -> str:
        if line in text.splitlines():
            return text
        return re.sub(r"\A((?:[ \t]*#[^\n]*\n|[ \t]*\n|user-db:[^\n]*\n)*)", rf"\1{line}\n", text)

    return settle_text(path, place, dry=dry)


def _value(row: Row) -> str:
    key = row["key"].rsplit("/", 1)[-1]
    if row["family"] == "dconf.text":
        text = row.get("contains") or _BANNER
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    one_of = row.get("one_of") or [None]
    value = row.get("equals") or one_of[0] or row.get("maximum", row.get("minimum"))
    return f"{_TYPES.get(key, '')}{value}"
