"""Is the evidence what was kept? Every entry of a chain, its signature, every object of its runs.

Works on a store and on an exported file alike; the clock and the network are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govctl.errors import InputError
from govctl.evidence import dsse, statement
from govctl.evidence.chain import Head
from govctl.evidence.database import newer
from govctl.evidence.keys import fingerprint
from govctl.evidence.objects import Broken, Fetch, Objects
from govctl.evidence.statement import Entry, Newer, sealed
from govctl.texts import Message, msg


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was kept."""

    code: str
    """A word for programs: `removed`, `edited`, `object-changed` …"""
    text: Message
    sequence: int | None = None
    run: str | None = None
    object: str | None = None
    """`facts/web-1.json`"""


@dataclass(frozen=True)
class Row:
    """An entry as it stands in a store or in a file."""

    sequence: int
    run: str | None
    data: bytes | None
    """The envelope; None if it cannot be unpacked."""


@dataclass(frozen=True)
class Held:
    """A chain, and what is here of it."""

    chain: str
    place: Path
    rows: Sequence[Row]
    """By sequence."""
    with_objects: Collection[int]
    """Entries whose objects should be here."""
    fetch: Fetch


@dataclass(frozen=True)
class Verified:
    """What came out."""

    chain: str
    faults: tuple[Fault, ...]
    entries: tuple[Entry, ...]
    """Those that could be read."""
    keys: tuple[str, ...]
    """Fingerprints of the keys that signed, in their order."""
    head: Head | None
    objects: int
    """Objects that were read and are as they were kept."""
    absent: tuple[str, ...] = ()
    """Runs that are known by their signature alone."""
    trusted: bool = False
    """True if one of the keys is the one that was asked for."""


@dataclass
class _Walk:
    """Where the reading of a chain stands."""

    held: Held
    faults: list[Fault] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    signer: str = ""
    before: Entry | None = None
    sealed: str = ""
    intact: bool = True
    """True if the entry before had no fault of its own: only then its successor can be blamed."""
    runs: dict[str, int] = field(default_factory=dict)

    def fault(self, code: str, text: Message, row: Row | None = None) -> None:
        self.faults.append(
            Fault(code, text, row.sequence if row else None, row.run if row else None)
        )


def verify(
    held: Held,
    *,
    trusted: Ed25519PublicKey | None = None,
    head: Head | None = None,
    only: Collection[str] | None = None,
    told: Callable[[str], object] = lambda _run: None,
) -> Verified:
    """Everything that is wrong with a chain.

    `trusted`: a key that the reader knows; any key of the chain's history will do, because a new
    key signs its own beginning. `head`: an entry that must be there, else a chain without its
    newest entries looks whole. `only`: runs whose objects are read. InputError for what a newer
    govctl wrote.
    """
    walk = _Walk(held)
    for position, row in enumerate(held.rows):
        _one(walk, position, row)
    _end(walk, head)
    mine = [fingerprint(dsse.key_of(key)) for key in walk.keys]
    known = trusted is not None and fingerprint(trusted) in mine
    if trusted is not None and not known:
        text = msg("signed with another key: {found}, not {key}",
                   found=", ".join(mine) or "-", key=fingerprint(trusted))  # fmt: skip
        walk.fault("foreign-key", text)
    good = _objects(walk, only, told)
    return Verified(
        chain=held.chain,
        faults=tuple(walk.faults),
        entries=tuple(walk.entries),
        keys=tuple(mine),
        head=Head(held.chain, walk.before.sequence, walk.sealed) if walk.before else None,
        objects=good,
        absent=tuple(
            entry.run
            for entry in walk.entries
            if entry.run and entry.sequence not in held.with_objects
        ),
        trusted=known,
    )


def _one(walk: _Walk, position: int, row: Row) -> None:
    before = len(walk.faults)
    _gap(walk, position, row)
    entry = _read(walk, row)
    if entry is None or row.data is None:
        walk.intact = False
        walk.sealed = sealed(row.data or b"")
        return
    _placed(walk, row, entry)
    _signed(walk, row, entry)
    if (lost := statement.lost_before(entry)) is not None:
        text = msg("entry {number} had been written and was not there when this one was added",
                   number=lost)  # fmt: skip
        walk.fault("lost", text, row)
    if walk.before is not None and entry.kind != "chain":
        if walk.intact and len(walk.faults) == before and entry.previous != walk.sealed:
            text = msg("it does not follow the entry before it: one of the two was exchanged")
            walk.fault("link", text, row)
        if entry.recorded < walk.before.recorded:
            text = msg("the clock went backwards: {later} comes after {earlier}",
                       later=entry.recorded, earlier=walk.before.recorded)  # fmt: skip
            walk.fault("clock", text, row)
    walk.intact = len(walk.faults) == before
    walk.before, walk.sealed = entry, sealed(row.data)
    walk.entries.append(entry)


def _gap(walk: _Walk, position: int, row: Row) -> None:
    expected = walk.held.rows[position - 1].sequence + 1 if position else 0
    if row.sequence < expected:
        walk.fault("duplicate", msg("there are two entries with the number {number}",
                                    number=row.sequence), row)  # fmt: skip
    elif row.sequence > expected:
        last = row.sequence - 1
        which = str(expected) if last == expected else f"{expected}–{last}"
        walk.fault("removed", msg("entries are missing before it: {which}", which=which), row)


def _read(walk: _Walk, row: Row) -> Entry | None:
    if row.data is None:
        walk.fault("unreadable", msg("it cannot be unpacked"), row)
        return None
    try:
        return statement.read(dsse.read(row.data))
    except Newer as error:
        place = walk.held.place / walk.held.chain[:16] / str(row.sequence)
        raise InputError([newer(place, error.schema)]) from error
    except ValueError as error:
        text = msg("it is no signed entry any more: {reason}", reason=error)
        walk.fault("envelope", text, row)
        return None


def _placed(walk: _Walk, row: Row, entry: Entry) -> None:
    if entry.sequence != row.sequence:
        text = msg("in its place stands entry {number}: moved, or put in twice",
                   number=entry.sequence)  # fmt: skip
        walk.fault("reordered", text, row)
    if entry.run != row.run:
        text = msg("it is labelled {label}, and is {run}", label=row.run or "-",
                   run=entry.run or "-")  # fmt: skip
        walk.fault("label", text, row)
    if entry.run is not None:
        first = walk.runs.setdefault(entry.run, row.sequence)
        if first != row.sequence:
            walk.fault("duplicate-run", msg("its run is that of entry {number} already",
                                            number=first), row)  # fmt: skip
    first_one = row.sequence == 0
    if (entry.kind == "chain") != first_one:
        walk.fault("beginning", msg("the chain does not begin with its own first entry"), row)
    mine = walk.held.chain
    if entry.kind == "chain":
        found = statement.chain_of(dsse.read(row.data or b""))
        if found != mine:
            walk.fault("beginning", msg("this is the beginning of another chain: {chain}",
                                        chain=found[:16]), row)  # fmt: skip
    elif entry.chain != mine:
        walk.fault("foreign", msg("it belongs to another chain: {chain}",
                                  chain=entry.chain[:16]), row)  # fmt: skip


def _signed(walk: _Walk, row: Row, entry: Entry) -> None:
    envelope = dsse.read(row.data or b"")
    try:
        said = dsse.key_of(entry.key)
        signer = dsse.key_of(walk.signer or entry.key)
    except ValueError:
        walk.fault("key", msg("it names no key"), row)
        return
    if not walk.signer:
        walk.signer = entry.key
        walk.keys.append(entry.key)
    if not envelope.signed_by(signer):
        ids = [keyid for keyid, _signature in envelope.signatures]
        if fingerprint(signer) in ids:
            walk.fault("edited", msg("its signature does not hold: edited after signing"), row)
        else:
            text = msg("signed with another key: {found}, not {key}",
                       found=", ".join(ids) or "-", key=fingerprint(signer))  # fmt: skip
            walk.fault("re-signed", text, row)
        return
    if entry.kind == "key":
        if envelope.signed_by(said):
            walk.signer = entry.key
            walk.keys.append(entry.key)
        else:
            walk.fault("key", msg("the new key has not signed that it follows"), row)
    elif entry.key != walk.signer:
        walk.fault("key", msg("it names another key than the one that signed it"), row)


def _end(walk: _Walk, head: Head | None) -> None:
    if not walk.held.rows:
        walk.fault("empty", msg("there is no entry"))
    if head is None:
        return
    row = next((row for row in walk.held.rows if row.sequence == head.sequence), None)
    if head.chain != walk.held.chain:
        walk.fault("truncated", msg("the chain {chain} that this estate has written is not there",
                                    chain=head.chain[:16]))  # fmt: skip
    elif row is None:
        text = msg("entry {number} was written and is not there: the newest were removed",
                   number=head.sequence)  # fmt: skip
        walk.fault("truncated", text)
    elif row.data is not None and sealed(row.data) != head.digest:
        walk.fault("rewritten", msg("it is another entry than the one that was written"), row)


def _objects(walk: _Walk, only: Collection[str] | None, told: Callable[[str], object]) -> int:
    good: set[str] = set()
    bad: set[str] = set()
    for entry in walk.entries:
        if entry.run is None or entry.sequence not in walk.held.with_objects:
            continue
        if only is not None and entry.run not in only:
            continue
        told(entry.run)
        objects = Objects(walk.held.fetch)
        new = [one for one in entry.subjects if one.digest not in good]
        objects.load([one.digest for one in new])
        for subject in new:
            found = objects.get(subject.digest)
            if isinstance(found, bytes):
                good.add(subject.digest)
            elif subject.digest not in bad:
                bad.add(subject.digest)
                walk.faults.append(_of_object(found, entry, subject.name))
    return len(good)


def _of_object(broken: Broken, entry: Entry, name: str) -> Fault:
    where = {"first": broken.first, "last": broken.last}
    if broken.why == "missing":
        code, text = "object-missing", msg("{name} is not there", name=name)
        if broken.first:
            text = msg("{name} is not whole: lacking from byte {first} on", name=name, **where)
    elif broken.why == "unreadable":
        code = "object-unreadable"
        text = msg("{name} cannot be unpacked, from byte {first} on", name=name, **where)
    elif broken.last is None:
        code = "object-changed"
        text = msg("{name} is not what was kept, from byte {first} on", name=name, **where)
    else:
        code = "object-changed"
        text = msg("{name} is not what was kept: the first change lies between the bytes"
                   " {first} and {last}", name=name, **where)  # fmt: skip
    return Fault(code, text, entry.sequence, entry.run, name)
