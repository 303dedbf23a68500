"""Contents cut where they seldom change, so that runs of the same hosts share what stayed.

A content is its pieces, one after another. Seams are ends of lines and of JSON objects; which of
them become cuts depends on the text between them alone, so one changed line moves no other cut.
Long base64 (what a command printed, inside a bundle) is cut as what it stands for.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

SHORT = 4096
"""Bytes of a content that is not worth cutting."""
_ELEMENTS = 8
"""After so many elements, on average, a piece that is long enough ends."""
_ENOUGH = 8192
"""Bytes of a piece at least. A shorter one would hardly be longer than its line in a recipe."""
_LARGE = 16384
"""Bytes of an element that is a piece of its own."""
_LIMIT = 1 << 28
"""Bytes of a content after decompression."""
_SEAM = re.compile(rb'\},(?=[{"])|\n')
_BASE64 = re.compile(rb'(?<=")[A-Za-z0-9+/]{2048,}={0,2}(?=")')
_LEVELS = (6, 9, 1)


class Piece(NamedTuple):
    """A part of a content."""

    content: bytes
    encoded: bool
    """True if base64 of this stands in the content, together with the encoded pieces beside it."""


def digest_of(content: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(content).digest()


def cut(content: bytes) -> list[Piece]:
    """The pieces of a content; `join` gives it back."""
    if len(content) <= SHORT:
        return [Piece(content, False)]
    pieces: list[Piece] = []
    start = 0
    for found in _BASE64.finditer(content):
        try:
            plain = base64.b64decode(found[0], validate=True)
        except ValueError:
            continue
        if base64.b64encode(plain) != found[0]:
            continue
        pieces += (Piece(part, False) for part in _parts(content[start : found.start()]))
        pieces += (Piece(part, True) for part in _parts(plain))
        start = found.end()
    pieces += (Piece(part, False) for part in _parts(content[start:]))
    return pieces


def join(pieces: Sequence[Piece]) -> bytes:
    """The content that was cut."""
    content, plain = bytearray(), bytearray()
    for piece in pieces:
        if piece.encoded:
            plain += piece.content
            continue
        content += base64.b64encode(plain) + piece.content
        plain.clear()
    return bytes(content + base64.b64encode(plain))


def _parts(content: bytes) -> Iterator[bytes]:
    start = 0
    last = _passed_over(content, start)
    while seam := _SEAM.search(content, last):
        end = seam.end()
        if end - last >= _LARGE:
            if last > start:
                yield content[start:last]
            yield content[last:end]
            start = end
        elif end - start >= _ENOUGH and zlib.crc32(content[last:end]) % _ELEMENTS == 0:
            yield content[start:end]
            start = end
        last = _passed_over(content, end) if start == end else end
    if start < len(content):
        yield content[start:]


def _passed_over(content: bytes, start: int) -> int:
    """The last seam at which a piece from `start` would still be too short; `start` if none is."""
    end = start + _ENOUGH - 1
    found = [
        content.rfind(b"\n", start, end) + 1,
        *(content.rfind(seam, start, end + 1) + 2 for seam in (b"},{", b'},"')),
    ]
    return max(place if place > start + 1 else start for place in found)


def plain_of(packed: bytes) -> tuple[bytes, int] | None:
    """What a gzip file holds, and the level that makes the same file of it; None if none does."""
    if packed[:2] != b"\x1f\x8b":
        return None
    try:
        content = inflated(packed, wbits=31)
    except (zlib.error, ValueError):
        return None
    for level in _LEVELS:
        if packed_again(content, level) == packed:
            return content, level
    return None


def packed_again(content: bytes, level: int) -> bytes:
    """gzip without a time, as bundles are written."""
    return gzip.compress(content, compresslevel=level, mtime=0)


def inflated(data: bytes, wbits: int = 15) -> bytes:
    """What zlib packed; ValueError or zlib.error if it is cut, too long or something follows."""
    reader = zlib.decompressobj(wbits=wbits)
    content = reader.decompress(data, _LIMIT)
    if not reader.eof or reader.unused_data:
        raise ValueError("cut, too long, or followed by something else")
    return content


class Recipe(NamedTuple):
    """Which blobs a content is made of."""

    rows: tuple[tuple[bytes, bool], ...]
    """Digest of a piece, and whether it stands there as base64."""

    def to_bytes(self) -> bytes:
        """33 bytes a piece: its digest, and 0 or 1."""
        return b"".join(digest + bytes([encoded]) for digest, encoded in self.rows)


def read_recipe(data: bytes) -> Recipe:
    """A recipe from its bytes; ValueError if it is none."""
    if len(data) % 33 or any(data[at] > 1 for at in range(32, len(data), 33)):
        raise ValueError("no list of pieces")
    rows = ((data[at : at + 32], bool(data[at + 32])) for at in range(0, len(data), 33))
    return Recipe(tuple(rows))


class Blob(NamedTuple):
    """What is stored under a digest: packed bytes, or the recipe of a content."""

    digest: bytes
    cut: bool
    data: bytes
    """zlib; of a recipe too."""


def blobs_of(content: bytes, known: Callable[[Sequence[bytes]], set[bytes]]) -> list[Blob]:
    """What has to be added to keep a content; `known` says which digests are kept already.

    The content's own blob comes last.
    """
    digest = digest_of(content)
    if digest in known([digest]):
        return []
    pieces = cut(content)
    if len(pieces) == 1 and not pieces[0].encoded:
        return [Blob(digest, False, zlib.compress(content))]
    named = [(digest_of(piece.content), piece) for piece in pieces]
    wanted = {name: piece.content for name, piece in named}
    kept = known(list(wanted))
    blobs = [
        Blob(name, False, zlib.compress(part)) for name, part in wanted.items() if name not in kept
    ]
    recipe = Recipe(tuple((name, piece.encoded) for name, piece in named))
    return [*blobs, Blob(digest, True, zlib.compress(recipe.to_bytes()))]
