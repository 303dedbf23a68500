"""What a run has gathered, in a file without a name: nothing is left of it, however it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from govctl.evidence.pieces import Blob, blobs_of, digest_of

Known = Callable[[Sequence[bytes]], set[bytes]]


class Spool:
    """Blobs that a store does not have yet; may be filled by several threads."""

    def __init__(self, folder: Path, known: Known) -> None:
        # Without a buffer: what a full disk refuses would be tried again when the file is closed.
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`
        self._places: dict[bytes, tuple[bool, int, int]] = {}
        self._known = known
        self._guard = threading.Lock()

    def add(self, content: bytes) -> str:
        """Keep a content; returns its SHA-256, in hexadecimal."""
        blobs = blobs_of(content, self._have)
        with self._guard:
            for blob in blobs:
                if blob.digest not in self._places:
                    start = self._file.seek(0, os.SEEK_END)
                    self._write(blob.data)
                    self._places[blob.digest] = (blob.cut, start, len(blob.data))
        return digest_of(content).hex()

    def blobs(self) -> Iterator[Blob]:
        """Everything that was kept, in the order it came."""
        for digest, (cut, start, size) in self._places.items():
            self._file.seek(start)
            yield Blob(digest, cut, self._read(size))

    def close(self) -> None:
        """Forget it all."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _read(self, size: int) -> bytes:
        parts = []
        while size and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _have(self, digests: Sequence[bytes]) -> set[bytes]:
        here = {digest for digest in digests if digest in self._places}
        rest = [digest for digest in digests if digest not in here]
        return here | self._known(rest) if rest else here
