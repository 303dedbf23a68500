"""The shipped rows as they were read when govctl was installed: YAML takes longest of all to read.

A file beside the rows, made by `script/compile_catalogues.py`. It counts only as it was written,
for the very files and the very reader that it was made from; else they are read, as they are where
it is not there. A site's own rows are always read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies import rows

NAME = "rows.compiled"
_READER = Path(rows.__file__)


def compiled(folder: Path) -> bytes:
    """The file for a folder of rows. ValueError if one of them cannot be read."""
    found: dict[str, list[Any]] = {}
    for path in _files(folder):
        every, problems = rows.read(path)
        if problems:
            raise ValueError(str(problems[0]))
        found[path.name] = [row.data for row in every]
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return _seal(folder, body) + b"\n" + body


def parsed(folder: Path) -> Mapping[str, list[Any]]:
    """The elements of each file's list by the file's name; nothing if the files must be read."""
    try:
        seal, _newline, body = (folder / NAME).read_bytes().partition(b"\n")
        if seal != _seal(folder, body):
            return {}
    except OSError:
        return {}
    found: dict[str, list[Any]] = json.loads(body)
    return found


def _seal(folder: Path, body: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in (_READER.read_bytes(), *_named(folder), body):
        digest.update(b"%d\0" % len(part) + part)
    return digest.hexdigest().encode()


def _named(folder: Path) -> list[bytes]:
    return [part for path in _files(folder) for part in (path.name.encode(), path.read_bytes())]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
