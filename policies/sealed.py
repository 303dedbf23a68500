"""Files that an installation makes of others: each counts as it was written, for those others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def sealed(body: bytes, makers: Iterable[Path]) -> bytes:
    """The content of such a file: a line that seals it, and what it says."""
    return _seal(body, makers) + b"\n" + body


def opened(file: Path, makers: Iterable[Path]) -> bytes | None:
    """What such a file says; None if it is not there, or what it was made of is not the same."""
    try:
        seal, _newline, body = file.read_bytes().partition(b"\n")
        return body if seal == _seal(body, makers) else None
    except OSError:
        return None


def _seal(body: bytes, makers: Iterable[Path]) -> bytes:
    digest = hashlib.sha256()
    for path in makers:
        for part in (path.name.encode(), path.read_bytes()):
            digest.update(b"%d\0" % len(part) + part)
    digest.update(body)
    return digest.hexdigest().encode()
