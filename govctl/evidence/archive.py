"""Evidence in one file: a ZIP of signed entries and of what they name, the same bytes each time.

    evidence.json                    which chains, and of which entries the objects are here
    chains/<chain>/000007.json       envelopes (DSSE)
    blobs/<sha256>                   pieces
    recipes/<sha256>                 contents: 33 bytes for each of their pieces

Its comment is the SHA-256 of every byte before it, so a change outside the evidence is found too.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from govctl.errors import InputError, Problem
from govctl.evidence import dsse, statement
from govctl.evidence.database import newer
from govctl.evidence.objects import Stored
from govctl.evidence.verify import Held, Row
from govctl.texts import _

SCHEMA = 1
_INDEX = "evidence.json"
_COMMENT = 64
_LARGEST = 1 << 28
_MEMBER = re.compile(
    r"evidence\.json|chains/[0-9a-f]{64}/\d{6,9}\.json|(?:blobs|recipes)/[0-9a-f]{64}"
)


@dataclass(frozen=True)
class Index:
    """What an exported file says it holds."""

    chains: Mapping[str, Sequence[int]]
    """Chain → entries whose objects are here."""


def write(
    file: IO[bytes], entries: Mapping[str, Sequence[Row]], held: Mapping[str, Sequence[int]],
    blobs: Iterator[Stored],
) -> None:  # fmt: skip
    """Write the file; `blobs` come in the order of their digests."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        index = {"schema": SCHEMA, "chains": {name: sorted(held[name]) for name in sorted(held)}}
        archive.writestr(_member(_INDEX), json.dumps(index, indent=1, sort_keys=True) + "\n")
        for chain in sorted(entries):
            for row in entries[chain]:
                name = f"chains/{chain}/{row.sequence:06}.json"
                archive.writestr(_member(name), row.data or b"")
        for blob in blobs:
            folder = "recipes" if blob.cut else "blobs"
            archive.writestr(_member(f"{folder}/{blob.digest.hex()}"), blob.content or b"")
    size = file.seek(0, io.SEEK_END)
    digest = _digest(file, size - 2)
    file.seek(size - 2)  # the last field of a ZIP is the length of its comment
    file.write(_COMMENT.to_bytes(2, "little") + digest.encode())


class Archive:
    """An exported file that is read. Raises InputError for anything else, or if it is cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            self._names = self._checked()
            self.index = self._read_index()
        except OSError as error:
            raise InputError([Problem(path, 0, 0, error.strerror or str(error))]) from error
        except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError,
                AttributeError, NotImplementedError, RuntimeError, EOFError) as error:  # fmt: skip
            raise InputError(
                [
                    Problem(
                        path,
                        0,
                        0,
                        _("this is no exported evidence, or it is cut: {why}", why=error),
                        hint=_("govctl evidence export writes such files"),
                    )
                ]
            ) from error

    @property
    def sealed(self) -> bool:
        """True if no byte of the file was changed, or somebody has written its digest anew."""
        with self.path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - _COMMENT))
            said = file.read()
            return said == _digest(file, size - _COMMENT - 2).encode()

    def held(self, chain: str) -> Held:
        """A chain of the file."""
        prefix = f"chains/{chain}/"
        names = sorted(name for name in self._names if name.startswith(prefix))
        rows = [self._row(name) for name in names]
        return Held(chain, self.path, rows, frozenset(self.index.chains[chain]), self.fetch)

    def fetch(self, digests: Sequence[bytes]) -> Iterator[Stored]:
        """What stands under these digests."""
        for digest in digests:
            for folder, cut in (("blobs", False), ("recipes", True)):
                name = f"{folder}/{digest.hex()}"
                if name in self._names:
                    yield Stored(digest, cut, self._content(name))

    def digests(self) -> Iterator[bytes]:
        """Every blob and recipe."""
        for name in sorted(self._names):
            folder, _slash, digest = name.partition("/")
            if folder in ("blobs", "recipes"):
                yield bytes.fromhex(digest)

    def _checked(self) -> frozenset[str]:
        names = self._zip.namelist()
        odd = next((name for name in names if not _MEMBER.fullmatch(name)), None)
        if odd is not None:
            raise ValueError(odd[:80])
        twice = len(names) - len(set(names))
        if twice:
            raise ValueError("members that stand in it twice")
        if any(member.file_size > _LARGEST for member in self._zip.infolist()):
            raise ValueError("a member that is too large")
        return frozenset(names)

    def _read_index(self) -> Index:
        said = json.loads(self._zip.read(_INDEX))
        if int(said["schema"]) > SCHEMA:
            raise InputError([newer(self.path, int(said["schema"]))])
        chains = {str(name): [int(n) for n in numbers] for name, numbers in said["chains"].items()}
        there = {name.split("/")[1] for name in self._names if name.startswith("chains/")}
        if there != set(chains):
            raise ValueError(_INDEX)
        return Index(chains)

    def _row(self, name: str) -> Row:
        data = self._content(name)
        run = None
        if data is not None:
            run = _run_of(data)
        return Row(int(Path(name).stem), run, data)

    def _content(self, name: str) -> bytes | None:
        try:
            return self._zip.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError,
                NotImplementedError, RuntimeError):  # fmt: skip
            return None


def _run_of(data: bytes) -> str | None:
    try:
        return statement.read(dsse.read(data)).run
    except ValueError:
        return None


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3
    member.external_attr = 0o600 << 16
    return member


def _digest(file: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0:
        part = file.read(min(1 << 20, size))
        if not part:
            break
        digest.update(part)
        size -= len(part)
    return digest.hexdigest()
