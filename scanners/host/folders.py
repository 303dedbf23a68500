"""Paths by the folder they lie in, so that a glob looks at few of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Folders = Mapping[str, Sequence[str]]
"""Folder without a slash at its end → names in it."""


def by_folder(paths: Iterable[str]) -> Folders:
    """Absolute paths, each taken apart once; `/` itself is the name `` in the folder ``."""
    names: dict[str, list[str]] = {}
    for path in paths:
        folder, _slash, name = path.rpartition("/")
        names.setdefault(folder, []).append(name)
    return names
