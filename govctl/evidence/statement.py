"""The entries of a chain: in-toto statements that name what a run kept, and the entry before.

Entry 0 begins a chain and names its first key; a chain's id is the digest of that entry's payload.
A `key` entry names the next key, and is signed by the former and the next. Every other is a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from govctl.evidence import dsse

SCHEMA = 1
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://govctl.invalid/evidence/v1"
"""A name, not an address: nothing is fetched."""
Kind = Literal["chain", "key", "run"]
LOST = "lost"
"""Of a run: the `sequence` and `digest` of the entry that was written before it, and was gone."""


@dataclass(frozen=True)
class Subject:
    """An object of a run."""

    name: str
    digest: str
    """SHA-256 of its content, in hexadecimal."""
    gzip: int = 0
    """The level at which the content was packed when it came; 0: it was not."""


@dataclass(frozen=True)
class Entry:
    """What an entry says."""

    kind: Kind
    chain: str
    """Empty in entry 0, whose digest it is."""
    sequence: int
    previous: str
    """SHA-256 of the envelope before, in hexadecimal; empty in entry 0."""
    recorded: str
    """When it was added, UTC, ISO 8601."""
    key: str
    """The public key that it is about (`chain`, `key`) or signed by (`run`): 64 digits."""
    about: Mapping[str, Any]
    """The run in short, or what was left out when the chain began."""
    subjects: tuple[Subject, ...]

    @property
    def run(self) -> str | None:
        """The run's id."""
        return str(self.about["id"]) if self.kind == "run" else None

    def subject(self, name: str) -> Subject | None:
        """The object of this name."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> Mapping[str, Subject]:
        return {one.name: one for one in reversed(self.subjects)}


def lost_before(entry: Entry) -> int | None:
    """The number of the entry that was gone when this one was added; -1 if it says none."""
    said = entry.about.get(LOST)
    if said is None:
        return None
    number = said.get("sequence") if isinstance(said, Mapping) else None
    return number if isinstance(number, int) else -1


def document(entry: Entry) -> dict[str, Any]:
    """The statement of an entry."""
    return {
        "_type": STATEMENT,
        "predicateType": PREDICATE,
        "subject": [_subject(one) for one in entry.subjects],
        "predicate": {
            "schema": SCHEMA,
            "kind": entry.kind,
            "chain": entry.chain,
            "sequence": entry.sequence,
            "previous": entry.previous,
            "recorded": entry.recorded,
            "key": entry.key,
            "about": dict(entry.about),
        },
    }


def read(envelope: dsse.Envelope) -> Entry:
    """The entry in an envelope; ValueError if it is none. Its signature is not looked at."""
    found = dsse.statement_of(envelope)
    try:
        if found["_type"] != STATEMENT or found["predicateType"] != PREDICATE:
            raise ValueError("no entry of a chain")
        said = found["predicate"]
        if int(said["schema"]) > SCHEMA:
            raise Newer(int(said["schema"]))
        entry = Entry(
            kind=said["kind"],
            chain=str(said["chain"]),
            sequence=int(said["sequence"]),
            previous=str(said["previous"]),
            recorded=str(said["recorded"]),
            key=str(said["key"]),
            about=dict(said["about"]),
            subjects=tuple(_read_subject(one) for one in found["subject"]),
        )
        if entry.kind not in ("chain", "key", "run") or (entry.kind == "run" and not entry.run):
            raise ValueError(entry.kind)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    return entry


class Newer(ValueError):
    """Written by a newer govctl."""

    def __init__(self, schema: int) -> None:
        super().__init__(f"schema {schema}")
        self.schema = schema


def chain_of(envelope: dsse.Envelope) -> str:
    """The chain's id, from its entry 0."""
    return hashlib.sha256(envelope.payload).hexdigest()


def key_subject(key: str) -> tuple[Subject, ...]:
    """A statement has to be about something; these are about a key."""
    return (Subject("key", hashlib.sha256(bytes.fromhex(key)).hexdigest()),)


def sealed(data: bytes) -> str:
    """What the next entry calls this one: the digest of its envelope."""
    return hashlib.sha256(data).hexdigest()


def names(subjects: Sequence[Subject], folder: str) -> tuple[Subject, ...]:
    """The objects of one folder of a run."""
    return tuple(one for one in subjects if one.name.startswith(f"{folder}/"))


def _subject(one: Subject) -> dict[str, Any]:
    said: dict[str, Any] = {"name": one.name, "digest": {"sha256": one.digest}}
    if one.gzip:
        said["annotations"] = {"gzip": one.gzip}
    return said


def _read_subject(said: Mapping[str, Any]) -> Subject:
    digest = str(said["digest"]["sha256"])
    if len(bytes.fromhex(digest)) != 32:
        raise ValueError(digest)
    return Subject(str(said["name"]), digest, int(said.get("annotations", {}).get("gzip", 0)))
