"""Drop-ins of systemd's daemons (`journald.conf` and its like): ours, and what wins over it."""

from __future__ import annotations

import os
from functools import partial
from typing import Mapping

from playbooks.hosts import others
from playbooks.hosts.others import hidden, overrule

_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_OURS = "zz-govctl.conf"


def drop_ins(name: str) -> list[str]:
    """Those of `journald.conf` and its like in the order in which systemd reads them."""
    return others.drop_ins([f"{folder}/{name}.d" for folder in _FOLDERS])


def ours(name: str) -> str:
    """The drop-in that we write."""
    return f"{_home(name)}/{_OURS}"


def unopposed(name: str, section: str, values: Mapping[str, str], *, dry: bool) -> bool:
    """Let no drop-in that comes after ours give these keys another value; True if one changes."""
    change = partial(without_keys, section=section, values=values)
    later = [path for path in drop_ins(name) if os.path.basename(path) > _OURS]
    changed = [overrule(path, change, home=_home(name), dry=dry) for path in later]
    return any(changed)


def _home(name: str) -> str:
    return f"{_FOLDERS[0]}/{name}.d"


def without_keys(text: str, section: str, values: Mapping[str, str]) -> str:
    """A text of systemd's form (systemd.syntax(7)) in which lines are comments that give a key of
    this section another value."""
    lines, inside, held = text.split("\n"), False, ""
    start = 0
    for number, line in enumerate(lines):
        if line.lstrip()[:1] in ("#", ";"):
            continue
        start = start if held else number
        held += line.strip()
        if held.endswith("\\"):
            held = f"{held[:-1]} "
            continue
        key, sign, value = (part.strip() for part in held.partition("="))
        if held.startswith("["):
            inside = held == f"[{section}]"
        elif inside and sign and key in values and value.lower() != values[key].lower():
            lines[start : number + 1] = map(hidden, lines[start : number + 1])
        held = ""
    return "\n".join(lines)
