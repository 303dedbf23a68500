"""Files of others: lines that win over ours are taken out of force where they stand.

They become comments, so that a person sees what was there. What does not lie in /etc is a package's
or is made anew at each start: there a copy of the same name in /etc, which is read instead of it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection

from playbooks.hosts.rights import refuse
from playbooks.hosts.texts import read, replace, tell


def drop_ins(folders: Collection[str], endings: tuple[str, ...] = (".conf",)) -> list[str]:
    """Files in the order in which they are read: by name, and of one name that of the first
    folder."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in (one for end in endings for one in glob.glob(f"{folder}/*{end}")):
            found.setdefault(os.path.basename(path), path)
    return [found[name] for name in sorted(found) if os.path.isfile(found[name])]


def take_out(path: str, numbers: Collection[int], *, home: str, dry: bool) -> bool:
    """Make lines (the first is 0) of a file comments; True if that changes it.

    `home` is the folder of /etc whose files override those of the same name.
    """
    before = read(path)
    lines = before.split("\n")
    for number in numbers:
        lines[number] = f"# {lines[number]}"
    return give(path, before, "\n".join(lines), home=home, dry=dry)


def give(path: str, before: str, after: str, *, home: str, dry: bool) -> bool:
    """Give a file another text, or its copy in `home`; one that refuses is noted, and False."""
    if after == before:
        return False
    place, follow = path, True
    if not os.path.realpath(path).startswith("/etc/"):
        place, follow = os.path.join(home, os.path.basename(path)), False
    try:
        if not dry:
            os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
            replace(place, after, follow=follow)
    except OSError as error:
        refuse(place, error)
        return False
    tell(place, before, after)
    return True
