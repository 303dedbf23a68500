"""Drop-ins of sshd_config(5) and ssh_config(5), made of rows and of what is in effect."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from typing import Collection, Iterator, Mapping, Sequence

from playbooks.hosts.rights import Row
from playbooks.hosts.settled import settled

_HEAD = "# Written by govctl from the checks that it names; changes here are lost.\n"
_SERVER_HEAD = "# sshd takes the first value that it meets, and reads this file before others.\n"
SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_ALGORITHMS = ("ciphers", "macs", "kexalgorithms")


def options(said: str) -> dict[str, str]:
    """What `sshd -T` and `ssh -G` print: the last value of each option."""
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


def server(rows: Sequence[Row], now: Mapping[str, str], known: Collection[str]) -> str:
    """The server's; `known`: algorithms of this system."""
    asked = [row for row in rows if row["family"] == "sshd.option"]
    plain = [row for row in asked if "subset" not in row] + _alive(rows)
    lines = [f"# {one['ids']}\n{one['option']} {one['value']}\n" for one in settled(plain, now)]
    for row in asked:
        if "subset" in row:
            option = row["option"]
            lines.append(f"# {row['id']}\n{_kept(option, row['subset'], now, known)}\n")
    for row in rows:
        lines += [f"# {row['id']}\n{line}\n" for line in _limits(row, now)]
    return f"{_HEAD}{_SERVER_HEAD}{''.join(lines)}"


def client(rows: Sequence[Row], now: Mapping[str, str], known: Collection[str]) -> str:
    """The client's."""
    lines = []
    for row in rows:
        lines.append(f"# {row['id']}\n")
        lines += [f"{_kept(option, row[option], now, known)}\n" for option in _ALGORITHMS]
    return f"{_HEAD}# The client takes the first value that it meets.\n{''.join(lines)}"


def begins_with(text: str, path: str, others: Collection[str] = ()) -> bool:
    """True if a configuration includes this drop-in before all else, or says nothing at all;
    `others`: names of its neighbours."""
    for line in text.splitlines():
        words = [word.strip('"') for word in re.split(r"[ \t=]+", line.strip())]
        if words[0] and not words[0].startswith("#"):
            folder, name = os.path.split(path)
            # Relative names are relative to where the configuration lies.
            named = os.path.join(os.path.dirname(folder), *words[1:2])
            pattern = os.path.basename(named)
            before = any(one < name and fnmatch(one, pattern) for one in others)
            return (words[0].lower() == "include" and os.path.dirname(named) == folder
                    and fnmatch(name, pattern) and not before)  # fmt: skip
    return True


def _alive(rows: Sequence[Row]) -> list[Row]:
    """A dead client is gone after interval times count."""
    found = [row for row in rows if row["family"] == "sshd.keepalive"][:1]
    return [
        {"id": row["id"], "option": option, "minimum": 1, "maximum": most}
        for row in found
        for option, most in (("clientalivecountmax", 3),
                             ("clientaliveinterval", max(int(row["seconds"]) // 3, 1)))
    ]  # fmt: skip


def _kept(
    option: str, allowed: Sequence[str], now: Mapping[str, str], known: Collection[str]
) -> str:
    """What is in effect of what is allowed, else what this system knows of it."""
    kept = [word for word in now.get(option, "").split(",") if word in allowed]
    return f"{option} {','.join(kept or [word for word in allowed if word in known])}"


def _limits(row: Row, now: Mapping[str, str]) -> Iterator[str]:
    if row["family"] == "sshd.startups":
        most = [int(part) for part in row["limit"].split(":")]
        has = [int(part) for part in now.get("maxstartups", row["limit"]).split(":")]
        chosen = min(has[0], most[0]), max(has[1], most[1]), min(has[2], most[2])
        yield "maxstartups {}:{}:{}".format(*chosen)
    elif row["family"] == "sshd.rekey":
        size, time = counted(row["size"], SIZES), counted(row["time"], TIMES)
        has = [int(part) for part in now.get("rekeylimit", "0 0").split()]
        yield f"rekeylimit {min(has[0] or size, size)} {min(has[1] or time, time)}"
    elif row["family"] == "sshd.no-tcp-forwarding":
        yield "allowtcpforwarding no"


def counted(text: str, units: Mapping[str, int]) -> int:
    """Bytes or seconds; a number without a unit is of these."""
    number = text.rstrip("".join(units) + "".join(units).upper())
    return int(number) * units.get(text[len(number) :].lower(), 1)
