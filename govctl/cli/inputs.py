"""The state of everything that an outcome was made of, as one digest.

Of what an estate's owner writes the contents count, so that a fresh checkout is the same estate. Of
code and of the data that comes with it (a thousand files) what the system says of each: which file,
how long, changed when. The time of a change (`st_ctime_ns`) is the system's own; nobody sets it.

Python's own library, and little of that: it is read at each start.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator

MOST_NAMES = 2_000
"""A folder with more is no estate's own, and takes longer to list than the estate to read."""


class Unsure(Exception):
    """What this rests on is more than its digest would tell."""


def state_of(folder: str, files: Iterable[str], code: Iterable[str]) -> str:
    """SHA-256 over the names in `folder`, the contents of `files` and the stamps of `code`.

    Paths are absolute. A file that is not there counts as such. Unsure where a digest would not
    tell all; OSError for code that is gone, and for what cannot be read.
    """
    parts = [*names_in(folder), *map(_content, files), *map(_stamp, code)]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def names_in(folder: str) -> Iterator[tuple[str, bool]]:
    """Whatever lies in a folder, each with whether it is a folder; hidden ones are not entered."""
    pending, count = [folder], 0
    while pending:
        with os.scandir(pending.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            count += 1
            is_folder = entry.is_dir()
            if count > MOST_NAMES or (entry.is_symlink() and not entry.is_file()):
                raise Unsure(entry.path)  # a link to a folder, or to what may come to be there
            yield entry.path[len(folder) :], is_folder
            if is_folder and not entry.name.startswith("."):
                pending.append(entry.path)


def _content(path: str) -> tuple[str, str]:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unsure(path)
        with open(path, "rb") as file:
            return path, hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return path, ""


def _stamp(path: str) -> tuple[str, int, int, int, int]:
    found = os.stat(path)
    return path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
