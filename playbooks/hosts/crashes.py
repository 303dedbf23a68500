"""What is kept of a program that crashed: systemd-coredump's settings and pam_limits' limits."""

from __future__ import annotations

import glob
from collections.abc import Mapping

from playbooks.hosts.rights import Row
from playbooks.hosts.systemd_drop_ins import ours, unopposed
from playbooks.hosts.texts import HEADER, settle_text, with_key, with_line

_COREDUMP, _SECTION = "coredump.conf", "Coredump"
_LIMITS = "/etc/security/limits.d/zz-govctl.conf"


def main(request: Row) -> None:
    """Each row in its drop-in."""
    rows, dry = request["rows"], request["dry"]
    kept = {row["key"]: row["value"] for row in rows if row["family"] == "coredump.setting"}
    if kept:
        settle_text(ours(_COREDUMP), lambda text: _with(text or HEADER, kept), dry=dry)
        unopposed(_COREDUMP, _SECTION, kept, dry=dry)
    for row in rows:
        if row["family"] != "coredump.setting":
            _limit(row, dry)


def _with(text: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        text = with_key(text, _SECTION, key, value)
    return text


def _limit(row: Row, dry: bool) -> None:
    """Everybody's limit last of all, and nobody's that is wider."""
    item, most = row["item"], row["maximum"]
    for path in ["/etc/security/limits.conf", *sorted(glob.glob("/etc/security/limits.d/*.conf"))]:
        settle_text(path, lambda text: _without_wide(text, item, most), dry=dry)
    line = f"* hard {item} {most}"
    settle_text(_LIMITS, lambda text: with_line(text or HEADER, line), dry=dry)


def _without_wide(text: str, item: str, most: int) -> str:
    return "".join(
        f"# {line}" if _is_wide(line.partition("#")[0].split(), item, most) else line
        for line in text.splitlines(keepends=True)
    )


def _is_wide(words: list[str], item: str, most: int) -> bool:
    """A bare `-` frees a domain of all limits (limits.conf(5))."""
    if len(words) == 2:
        return words[1] == "-"
    if len(words) < 4 or words[1] not in ("hard", "-") or words[2].lower() != item:
        return False
    return not words[3].isdigit() or int(words[3]) > most
