"""What becomes of messages: journald's settings in a drop-in that wins, and rsyslog's."""

from __future__ import annotations

from playbooks.hosts import rsyslog, units
from playbooks.hosts.rights import Row
from playbooks.hosts.settled import settled
from playbooks.hosts.systemd_drop_ins import drop_ins, ours, unopposed
from playbooks.hosts.texts import read, settle_text

_NAME, _SECTION = "journald.conf", "Journal"
_HEAD = "# Written by govctl from the checks that it names; changes here are lost.\n"


def main(request: Row) -> None:
    """Each in its files, and taken up by what runs."""
    dry = request["dry"]
    kept = [row for row in request["all"] if row["family"] == "logging.journald"]
    take_up = []
    if kept and _keep(kept, request["rows"], dry):
        take_up.append(("restart", "systemd-journald.service"))
    if rsyslog.settle(request["rows"], dry):
        take_up.append(("try-restart", "rsyslog.service"))
    if not dry and not request["offline"]:
        for verb, unit in take_up:
            units.take_up(verb, unit)


def _keep(rows: list[Row], open_rows: list[Row], dry: bool) -> bool:
    """The journal as asked; what is already so is left alone."""
    chosen = settled(rows, _now(), key="key")
    text = f"{_HEAD}[{_SECTION}]\n"
    text += "".join(f"# {one['ids']}\n{one['option']}={one['value']}\n" for one in chosen)
    changed = settle_text(ours(_NAME), lambda _text: text, dry=dry)
    asked = {row["key"] for row in open_rows if row["family"] == "logging.journald"}
    values = {one["option"]: one["value"] for one in chosen if one["option"] in asked}
    return unopposed(_NAME, _SECTION, values, dry=dry) or changed


def _now() -> dict[str, str]:
    """What the files set, the last of each key."""
    found = {}
    for path in [f"/etc/systemd/{_NAME}", *drop_ins(_NAME)]:
        for line in read(path).splitlines():
            key, sign, value = (part.strip() for part in line.partition("="))
            if sign and value and key.isalpha():
                found[key] = value
    return found
