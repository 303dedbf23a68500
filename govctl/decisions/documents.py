"""The documents that attestations rest on: their digests, and whether they are still the same."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from govctl.decisions.model import Compared
from govctl.errors import UsageError
from govctl.texts import _

LARGEST = 512 * 2**20
"""Bytes; a larger file is no document, and reading it would hold up every scan."""


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal; UsageError if it cannot be read as a document."""
    try:
        if not file.is_file():
            missing = not file.exists()
            why = _("there is no such file") if missing else _("this is no regular file")
            raise UsageError(_("{path}: {why}", path=file, why=why))
        if file.stat().st_size > LARGEST:
            why = _("the file is larger than {size} MiB", size=LARGEST // 2**20)
            raise UsageError(_("{path}: {why}", path=file, why=why))
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        why = _("cannot be read: {why}", why=error.strerror or str(error))
        raise UsageError(_("{path}: {why}", path=file, why=why)) from error


def is_inside(path: str) -> bool:
    """True for a path that stays in the estate's folder."""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and "\0" not in path


def compare(folder: Path, path: str | None, sha256: str) -> Compared:
    """Whether the file of a document is still the one that was attested.

    UsageError for a file that is there and cannot be read: then nobody knows.
    """
    if path is None or not (folder / path).exists():
        return "elsewhere"
    return "same" if digest(folder / path) == sha256 else "changed"
