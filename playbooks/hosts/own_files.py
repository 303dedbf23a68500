"""Files and folders that are ours alone: their text, and exactly their mode."""

from __future__ import annotations

import os

from playbooks.hosts.rights import Wanted, refuse, say, settle
from playbooks.hosts.texts import read, replace, tell

_MODE = 0o644


def write(path: str, text: str, *, dry: bool) -> None:
    """Give a file of ours its text and mode; if it is a link, its place is taken.

    One that refuses is noted.
    """
    before = read(path)
    if text != before:
        try:
            if not dry:
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                replace(path, text, _MODE, follow=False)
        except OSError as error:
            refuse(path, error)
            return
        tell(path, before, text)
    settle(path, Wanted(widest=_MODE, extra=_MODE), dry=dry)


def make_folder(path: str, mode: int, *, dry: bool) -> None:
    """Let there be a folder of this mode, and those that it lies in; OSError if there cannot be."""
    missing = []
    place = path
    while not os.path.isdir(place):
        missing.append(place)
        place = os.path.dirname(place)
    for one in () if dry else reversed(missing):
        os.mkdir(one, mode)
        os.chmod(one, mode)
    if missing:
        say(f"{path}:", "absent → made")
    settle(path, Wanted(widest=mode, extra=mode), dry=dry)
