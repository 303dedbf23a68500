"""Files of others: lines that win over ours are taken out of force where they stand.

They become comments, so that a person sees what was there. Only what lies in /etc is kept before a
run, and only that is changed: what lies elsewhere is a package's or is made anew at each start, and
a copy of the same name in /etc takes its place where such a copy is read instead of it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection

from playbooks.hosts.rights import refuse
from playbooks.hosts.texts import read, replace, tell

_KEPT = "/etc/"


def hidden(line: str) -> str:
    """A line as a comment."""
    return f"# {line}"


def drop_ins(folders: Collection[str], endings: tuple[str, ...] = (".conf",)) -> list[str]:
    """Files in the order in which they are read: by name, of one name that of the first folder, and
    none that leads to /dev/null."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in (one for end in endings for one in glob.glob(f"{folder}/*{end}")):
            found.setdefault(os.path.basename(path), path)
    return [found[name] for name in sorted(found) if os.path.isfile(found[name])]


def take_out(path: str, numbers: Collection[int], *, home: str, dry: bool) -> bool:
    """Make lines (the first is 0) of a file comments; True if that changes it."""

    def change(text: str) -> str:
        lines = text.split("\n")
        for number in numbers:
            lines[number] = hidden(lines[number])
        return "\n".join(lines)

    return overrule(path, change, home=home, dry=dry)


def overrule(
    path: str, change: Callable[[str], str], *, dry: bool, home: str = "", mode: int = 0o644
) -> bool:
    """Give a file of others the text that `change` makes of it, and say so; True if that differs.

    `home` is the folder of /etc whose files are read instead of those of the same name elsewhere;
    without one, what leads out of /etc is refused. What refuses is noted, and False.
    """
    before = read(path)
    after = change(before)
    if after == before:
        return False
    place, follow, target = path, True, os.path.realpath(path)
    if not target.startswith(_KEPT):
        if not home:
            refuse(path, f"it is {target}, of which nothing is kept")
            return False
        place, follow = os.path.join(home, os.path.basename(path)), False
    try:
        if not dry:
            os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
            replace(place, after, mode=mode, follow=follow)
    except OSError as error:
        refuse(place, error)
        return False
    tell(place, before, after)
    return True
