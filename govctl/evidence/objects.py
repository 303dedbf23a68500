"""Contents by their digest, read from a database or from an exported file."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from govctl.evidence.database import blobs
from govctl.evidence.pieces import Piece, digest_of, inflated, join, read_recipe

_BATCH = 500


class Stored(NamedTuple):
    """What stands under a digest."""

    digest: bytes
    cut: bool
    content: bytes | None
    """A piece, or the recipe of a content; None if it cannot be unpacked."""


Fetch = Callable[[Sequence[bytes]], Iterable[Stored]]
"""What stands under these digests, as far as it is there."""


@dataclass(frozen=True)
class Broken:
    """An object that cannot be had as it was kept."""

    digest: str
    why: str
    """missing, unreadable, changed."""
    first: int = 0
    """Offset of the first byte that may differ."""
    last: int | None = None
    """Offset after the last that may differ; None: to the end."""
    found: bytes | None = None
    """What stands there now, if it can be read."""


def fetch_from(connection: sa.Connection) -> Fetch:
    """Blobs of a database."""

    def fetch(digests: Sequence[bytes]) -> Iterator[Stored]:
        for start in range(0, len(digests), _BATCH):
            asked = digests[start : start + _BATCH]
            rows = connection.execute(sa.select(blobs).where(blobs.c.digest.in_(asked)))
            for row in rows:
                yield Stored(bytes(row.digest), bool(row.cut), _unpacked(bytes(row.data)))

    return fetch


def _unpacked(data: bytes) -> bytes | None:
    try:
        return inflated(data)
    except (zlib.error, ValueError):
        return None


def known_in(connection: sa.Connection, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these are in the database."""
    found: set[bytes] = set()
    for start in range(0, len(digests), _BATCH):
        asked = digests[start : start + _BATCH]
        rows = connection.execute(sa.select(blobs.c.digest).where(blobs.c.digest.in_(asked)))
        found.update(bytes(row.digest) for row in rows)
    return found


class Objects:
    """Contents, each checked against its digest; pieces that several share are read once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._blobs: dict[bytes, Stored] = {}
        self._good: set[bytes] = set()
        """Pieces that were read and are what they should be."""

    def load(self, digests: Iterable[str]) -> None:
        """Read these in few questions to the database, with their pieces."""
        self._have([bytes.fromhex(digest) for digest in digests])
        self._have([piece for digest in digests for piece, _enc in self._recipe_of(digest)])

    def get(self, digest: str) -> bytes | Broken:
        """One content, or what is wrong with it."""
        key = bytes.fromhex(digest)
        self._have([key])
        blob = self._blobs.get(key)
        if blob is None:
            return Broken(digest, "missing")
        content = self._assembled(digest, blob) if blob.cut else self._plain(key)
        if isinstance(content, Broken):
            return content
        if digest_of(content) != key:
            return Broken(digest, "changed", found=content)
        return content

    def forget(self) -> None:
        """Let the contents go: of a long chain they would not fit into memory."""
        self._blobs.clear()
        self._good.clear()

    def _assembled(self, digest: str, blob: Stored) -> bytes | Broken:
        try:
            recipe = read_recipe(blob.content or b"?")
        except ValueError:
            return Broken(digest, "unreadable")
        self._have([name for name, _encoded in recipe.rows])
        pieces: list[Piece] = []
        for name, encoded in recipe.rows:
            part = self._plain(name)
            if isinstance(part, Broken):
                first = len(join(pieces))
                size = len(part.found) if part.found is not None else 0
                last = first + (size * 4 // 3 + 4 if encoded else size) if size else None
                found = join([*pieces, Piece(part.found, encoded)]) if part.found else None
                return Broken(digest, part.why, first, last, found)
            pieces.append(Piece(part, encoded))
        return join(pieces)

    def _plain(self, key: bytes) -> bytes | Broken:
        blob = self._blobs.get(key)
        if blob is None:
            return Broken(key.hex(), "missing")
        if blob.content is None:
            return Broken(key.hex(), "unreadable")
        if key not in self._good and digest_of(blob.content) != key:
            return Broken(key.hex(), "changed", found=blob.content)
        self._good.add(key)
        return blob.content

    def _recipe_of(self, digest: str) -> Sequence[tuple[bytes, bool]]:
        blob = self._blobs.get(bytes.fromhex(digest))
        if blob is None or not blob.cut:
            return ()
        try:
            return read_recipe(blob.content or b"?").rows
        except ValueError:
            return ()

    def _have(self, digests: Iterable[bytes]) -> None:
        lacking = [key for key in dict.fromkeys(digests) if key not in self._blobs]
        self._blobs.update((blob.digest, blob) for blob in self._fetch(lacking) if lacking)
