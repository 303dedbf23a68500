"""Evidence from one store to another without a network: chains, export, import."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govctl.errors import InputError, Problem, UsageError
from govctl.evidence import archive, dsse, statement
from govctl.evidence.archive import Archive
from govctl.evidence.database import add, blobs, entries, holdings
from govctl.evidence.draft import one_clear_error
from govctl.evidence.objects import Stored, fetch_from
from govctl.evidence.pieces import Blob, digest_of, inflated, read_recipe
from govctl.evidence.statement import Entry
from govctl.evidence.store import Store
from govctl.evidence.verify import Held, Row, Verified, verify
from govctl.files import is_stream
from govctl.texts import _

_BATCH = 200


@dataclass(frozen=True)
class Imported:
    """What a file brought."""

    chain: str
    estate: str | None
    keys: tuple[str, ...]
    runs: tuple[str, ...]
    """New ones."""
    known: int
    """Runs that were here already."""
    is_new: bool
    """True if the chain was not here before."""


def chains(store: Store, connection: sa.Connection) -> tuple[str, ...]:
    """Every chain of a store, the estate's own first."""
    own = store.chain.id(connection)
    found = connection.execute(sa.select(entries.c.chain).distinct()).scalars().all()
    return tuple(sorted(found, key=lambda chain: (chain != own, chain)))


def held(store: Store, connection: sa.Connection, chain: str) -> Held:
    """A chain as it stands in a store. Of the estate's own everything should be there."""
    query = sa.select(entries).where(entries.c.chain == chain).order_by(entries.c.sequence)
    rows = [
        Row(row.sequence, row.run, _unpacked(row.envelope)) for row in connection.execute(query)
    ]
    if chain == store.chain.id(connection):
        here: Collection[int] = range(len(rows) + max((row.sequence for row in rows), default=0))
    else:
        asked = sa.select(holdings.c.sequence).where(holdings.c.chain == chain)
        here = frozenset(connection.execute(asked).scalars())
    return Held(chain, store.database.place, rows, here, fetch_from(connection))


def export(store: Store, runs: Sequence[str], output: Path) -> int:
    """Write runs of one chain, and its entries up to the newest of them; returns how many runs.

    The file is its owner's alone, and is there whole or not at all. UsageError for an unknown run.
    """
    wanted = {run: store.entry(run) for run in dict.fromkeys(runs)}
    with store.database.reading() as connection:
        by_chain: dict[str, list[Entry]] = {}
        for entry in wanted.values():
            by_chain.setdefault(entry.chain, []).append(entry)
        rows: dict[str, Sequence[Row]] = {}
        for chain, chosen in by_chain.items():
            _sound(store, held(store, connection, chain), wanted)
            last = max(entry.sequence for entry in chosen)
            rows[chain] = [row for row in held(store, connection, chain).rows
                           if row.sequence <= last]  # fmt: skip
        numbers = {chain: [one.sequence for one in chosen] for chain, chosen in by_chain.items()}
        digests = sorted({bytes.fromhex(s.digest) for e in wanted.values() for s in e.subjects})
        with _whole(output) as file:
            archive.write(file, rows, numbers, _blobs(connection, digests))
    return len(wanted)


def _sound(store: Store, found: Held, runs: Collection[str]) -> None:
    """Damaged evidence does not travel."""
    faults = verify(found, only=runs).faults
    if faults:
        raise InputError([store.database.damaged(fault.text.render()) for fault in faults])


def import_file(
    store: Store, path: Path, trusted: Ed25519PublicKey | None = None
) -> tuple[Imported, ...]:
    """Take an exported file in, all of it or nothing. InputError names what is wrong with it."""
    file = Archive(path)
    problems: list[Problem] = []
    if not file.sealed:
        problems.append(Problem(path, 0, 0, _("the file is not as it was written")))
    checked = {chain: verify(file.held(chain), trusted=trusted) for chain in file.index.chains}
    for result in checked.values():
        problems += [
            Problem(path / (fault.run or ""), 0, 0, fault.text.render()) for fault in result.faults
        ]
    if problems:
        raise InputError(problems)
    store.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = {
        subject.digest for result in checked.values() for one in result.entries
        for subject in one.subjects
    }  # fmt: skip
    with store.database.writing() as connection:
        done = tuple(_taken(connection, file, result) for result in checked.values())
        digests = list(file.digests())
        for start in range(0, len(digests), _BATCH):
            found = file.fetch(digests[start : start + _BATCH])
            add(connection, blobs, [_packed(one, named, path)._asdict() for one in found])
    return done


def _packed(one: Stored, named: Collection[str], path: Path) -> Blob:
    """A blob to keep. What no entry vouches for could stand in for another's evidence later."""
    content = one.content or b""
    good = one.digest.hex() in named if one.cut else digest_of(content) == one.digest
    if not good:
        message = _("{name} is not what it is called by", name=one.digest.hex())
        raise InputError([Problem(path, 0, 0, message)])
    return Blob(one.digest, one.cut, zlib.compress(content))


def _taken(connection: sa.Connection, file: Archive, result: Verified) -> Imported:
    held_in_file = file.held(result.chain)
    query = sa.select(entries).where(entries.c.chain == result.chain)
    present = {row.sequence: _unpacked(row.envelope) for row in connection.execute(query)}
    asked = sa.select(holdings.c.sequence).where(holdings.c.chain == result.chain)
    complete = set(connection.execute(asked).scalars())
    new = []
    for row in held_in_file.rows:
        if row.sequence in present:
            if present[row.sequence] != row.data:
                message = _("entry {number} is another than the one that is here: one of the two"
                            " chains was rewritten", number=row.sequence)  # fmt: skip
                raise InputError([Problem(file.path, 0, 0, message)])
            continue
        new.append({"chain": result.chain, "sequence": row.sequence, "run": row.run,
                    "envelope": zlib.compress(row.data or b"")})  # fmt: skip
    add(connection, entries, new)
    here = [n for n in held_in_file.with_objects if n not in complete]
    add(connection, holdings, [{"chain": result.chain, "sequence": n} for n in here])
    runs = {entry.sequence: entry for entry in result.entries if entry.run}
    estates = [entry.about.get("estate") for entry in runs.values()]
    return Imported(
        chain=result.chain,
        estate=next((str(one) for one in estates if one), None),
        keys=result.keys,
        runs=tuple(str(runs[number].run) for number in sorted(here) if number in runs),
        known=len(held_in_file.with_objects) - len(here),
        is_new=not present,
    )


def _blobs(connection: sa.Connection, digests: Sequence[bytes]) -> Iterator[Stored]:
    """Contents and their pieces, each once, by digest."""
    fetch = fetch_from(connection)
    every = set(digests)
    for start in range(0, len(digests), _BATCH):
        for one in fetch(digests[start : start + _BATCH]):
            if one.cut and one.content is not None:
                every.update(name for name, _encoded in read_recipe(one.content).rows)
    ordered = sorted(every)
    for start in range(0, len(ordered), _BATCH):
        yield from sorted(fetch(ordered[start : start + _BATCH]))


def _unpacked(envelope: bytes) -> bytes | None:
    try:
        return inflated(envelope)
    except (ValueError, zlib.error):
        return None


class _whole:  # noqa: N801 - reads as a statement: with _whole(output) as file
    """A file of its owner's alone that gets its name when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> IO[bytes]:
        if not self._path.parent.is_dir():
            raise UsageError(_("{path} is no folder", path=self._path.parent))
        if is_stream(self._path):
            raise UsageError(_("{path} is a device or a pipe, and this needs a file",
                               path=self._path))  # fmt: skip
        with one_clear_error(self._path.parent):
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        self._temporary = Path(name)
        self._file = os.fdopen(handle, "w+b")
        return self._file

    def __exit__(self, kind: object, *_error: object) -> None:
        try:
            with one_clear_error(self._path.parent), self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
            if kind is None:
                self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)


def runs_of(found: Held) -> dict[str, Entry]:
    """The runs of a chain that can be read, by id."""
    runs: dict[str, Entry] = {}
    for row in found.rows:
        try:
            entry = statement.read(dsse.read(row.data or b""))
        except ValueError:
            continue
        if entry.run:
            runs[entry.run] = entry
    return runs
