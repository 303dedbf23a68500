"""The licences that a package declares, from its machine-readable copyright file.

Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/. Of a file in free form
nothing is said: a guess would look like a statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_FORMAT = re.compile(r"^Format:\s*\S*copyright-format", re.MULTILINE | re.IGNORECASE)
_LICENCE = re.compile(r"^License:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_LONGEST = 60
"""Short names are short; a whole sentence is a file that does not keep to the format."""
SPDX: Mapping[str, str] = {
    "afl-2.1": "AFL-2.1",
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "cc0-1.0": "CC0-1.0",
    "expat": "MIT",
    "gpl-1+": "GPL-1.0-or-later",
    "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later",
    "isc": "ISC",
    "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later",
    "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0",
    "zlib": "Zlib",
}
"""Debian's short names, in small letters, whose SPDX id is beyond doubt."""


def licences(tree: Path, package: str) -> tuple[str, ...]:
    """Short names of all licences in a package, sorted: SPDX ids where they have one."""
    path = _copyright(tree, package)
    if path is None:
        return ()
    return parse_copyright(path.read_text(encoding="utf-8", errors="replace"))


def parse_copyright(text: str) -> tuple[str, ...]:
    """The same from the text of such a file; empty if it is in free form."""
    if not _FORMAT.search(text.partition("\n\n")[0]):
        return ()
    found = {" ".join(name.split()) for name in _LICENCE.findall(text)}
    return tuple(sorted({SPDX.get(one.lower(), one) for one in found if len(one) <= _LONGEST}))


def _copyright(tree: Path, package: str) -> Path | None:
    """A package's copyright file; its folder may be a link to a neighbour's, and no other link is
    followed: it could lead out of the tree."""
    documents = tree / "usr/share/doc"
    folder = documents / package
    if folder.is_symlink():
        folder = documents / folder.readlink().name
    path = folder / "copyright"
    plain = not folder.is_symlink() and not path.is_symlink() and path.is_file()
    return path if plain else None
