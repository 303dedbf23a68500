"""Kernel modules that nobody may load, and that are unloaded where nobody uses them.

modprobe takes the first `install` line whose pattern matches (modprobe.d(5)): others' lines that it
would meet before ours, and that load what is to stay out, are taken out of force.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from playbooks.hosts.others import drop_ins, take_out
from playbooks.hosts.rights import Row, say
from playbooks.hosts.texts import read, settle_text

_HOME = "/etc/modprobe.d"
_OURS = f"{_HOME}/govctl.conf"
_FOLDERS = (_HOME, "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d")
_HEAD = "# Written by govctl from the checks that it names; changes here are lost.\n"
_DASH = re.compile(r"\[[^\]]*\]|-")
_NOTHING = re.compile(r"(?:(?:/usr)?/bin/)?(?:true|false)(?:[ \t]+[^;&|`$()<>]*)?|:")


def main(request: Row) -> None:
    """Every row in one file, which the rows that fail have to reach."""
    settle_text(_OURS, lambda _text: _forbidden(request["all"]), dry=request["dry"])
    names = [_plain(row["module"]) for row in request["rows"]]
    for path in drop_ins(_FOLDERS, (".conf", ".alias")):
        if path == _OURS:
            break
        numbers = [number for lines, words in _logical(read(path)) if _loads(words, names)
                   for number in lines]  # fmt: skip
        take_out(path, numbers, home=_HOME, dry=request["dry"])
    if not request["offline"]:
        _unload([row["module"] for row in request["rows"]], request["dry"])


def _forbidden(rows: Collection[Row]) -> str:
    lines = [f"# {row['id']}\ninstall {row['module']} /bin/false\nblacklist {row['module']}\n"
             for row in rows]  # fmt: skip
    return _HEAD + "".join(lines)


def _logical(text: str) -> Iterator[tuple[list[int], list[str]]]:
    """Numbers and words of each line, with those that a backslash at its end joins to it."""
    numbers: list[int] = []
    held = ""
    for number, line in enumerate(text.split("\n")):
        numbers.append(number)
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        yield numbers, (held + line).split(None, 2)
        numbers, held = [], ""
    if numbers:
        yield numbers, held.split(None, 2)


def _loads(words: list[str], names: Collection[str]) -> bool:
    """True for an `install` that does something for one of these modules."""
    if len(words) < 3 or words[0] != "install" or _NOTHING.fullmatch(words[2].strip()):
        return False
    return any(fnmatchcase(name, _plain(words[1])) for name in names)


def _plain(name: str) -> str:
    """Dashes are underscores, but in a pattern's brackets."""
    return _DASH.sub(lambda one: one[0] if one[0] != "-" else "_", name)


def _unload(names: Collection[str], dry: bool) -> None:
    loaded = {line.split()[0] for line in read("/proc/modules").splitlines() if line.split()}
    for name in names:
        if _plain(name) not in loaded:
            continue
        # In use by somebody: the next boot leaves it out.
        done = subprocess.run(["modprobe", "-rn" if dry else "-r", name],
                              capture_output=True, check=False)  # fmt: skip
        if done.returncode == 0:
            say(name, "loaded → not loaded")
