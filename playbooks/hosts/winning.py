"""What others wrote where it wins over a file of ours: taken out of force, and still to be seen."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from typing import Mapping

from playbooks.hosts.rights import refuse
from playbooks.hosts.texts import read, settle_text

_KEPT = "/etc/"
_SYSTEMD = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_OURS = "zz-govctl.conf"


def overrule(path: str, change: Callable[[str], str], *, dry: bool, mode: int = 0o644) -> bool:
    """`settle_text` of a file that others wrote; what a run does not keep is refused."""
    target = os.path.realpath(path)
    if not target.startswith(_KEPT) and change(read(path)) != read(path):
        refuse(path, f"it is {target}, of which nothing is kept")
        return False
    return settle_text(path, change, dry=dry, mode=mode)


def hidden(line: str) -> str:
    """A line as a comment."""
    return f"# {line}"


def drop_ins(name: str) -> list[str]:
    """Drop-ins of `journald.conf` and its like in the order in which systemd reads them: by name,
    of one name that of the first folder, and none that leads to /dev/null."""
    found: dict[str, str] = {}
    for folder in _SYSTEMD:
        for path in glob.glob(f"{glob.escape(folder)}/{name}.d/*.conf"):
            found.setdefault(os.path.basename(path), path)
    return [path for _name, path in sorted(found.items()) if os.path.realpath(path) != os.devnull]


def ours(name: str) -> str:
    """The drop-in that we write."""
    return f"{_SYSTEMD[0]}/{name}.d/{_OURS}"


def unopposed(name: str, section: str, values: Mapping[str, str], *, dry: bool) -> bool:
    """Let no drop-in that comes after ours give these keys another value; True if one changes.

    What is not in /etc belongs to a package or is gone at the next start: a file of its name in
    /etc takes its place.
    """
    changed = False
    for path in drop_ins(name):
        if os.path.basename(path) <= _OURS:
            continue
        text = read(path)
        after = without_keys(text, section, values)
        if after != text:
            own = os.path.join(_SYSTEMD[0], f"{name}.d", os.path.basename(path))
            changed |= overrule(own, _always(after), dry=dry)
    return changed


def _always(text: str) -> Callable[[str], str]:
    return lambda _text: text


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
