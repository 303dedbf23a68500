"""Adding to the chain of an estate, inside the transaction that keeps what the entry names."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govctl.errors import InputError, Problem, UsageError
from govctl.evidence import dsse
from govctl.evidence.database import Database, add, entries, holdings, newer
from govctl.evidence.encode import moment
from govctl.evidence.keys import VARIABLE, KeyRing, fingerprint
from govctl.evidence.pieces import inflated
from govctl.evidence.statement import (
    LOST,
    Entry,
    Kind,
    Newer,
    Subject,
    chain_of,
    document,
    key_subject,
    read,
    sealed,
)
from govctl.files import not_permitted, write_private
from govctl.texts import _


@dataclass(frozen=True)
class Head:
    """The newest entry of a chain, as this estate remembers it outside the store."""

    chain: str
    sequence: int
    digest: str


@dataclass(frozen=True)
class _Last:
    entry: Entry
    digest: str
    signer: str
    """The public key that signs now."""


class Chain:
    """The chain that this estate writes."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.ring = KeyRing(folder)
        self._head = folder / "head.json"
        self._database = database
        self._went_on = False
        """After a loss, which the new entry tells."""

    @property
    def head(self) -> Head | None:
        """What is remembered; None before the first entry. InputError if it is damaged."""
        try:
            said = json.loads(self._head.read_bytes())
            return Head(str(said["chain"]), int(said["sequence"]), str(said["digest"]))
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise not_permitted(error) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                [Problem(self._head, 0, 0, _("this is damaged: {why}", why=error))]
            ) from error

    def id(self, connection: sa.Connection) -> str | None:
        """The estate's chain; None before the first entry.

        Where what the estate remembers is lost, it is the chain that its key signs.
        """
        head = self.head
        if head is not None:
            return head.chain
        key = self.ring.given() or self.ring.own()
        if key is None:
            return None
        ours = dsse.hex_of(key.public_key())
        chains = connection.execute(sa.select(entries.c.chain).distinct()).scalars().all()
        return next((c for c in chains if self._last(connection, c).signer == ours), None)

    def ready(self) -> None:
        """Raise what would be wrong when a run is signed, before anything is measured."""
        if self.ring.given() is None:
            self.ring.make()
        if not self._database.exists:
            if (head := self.head) is not None:
                raise self._not_there(head.chain)
            return
        with self._database.reading() as connection:
            chain = self.id(connection)
            if chain is not None and not _stands(connection, chain):
                raise self._not_there(chain)
            if chain is not None:
                self._signing(self._last(connection, chain))

    def add_run(
        self, connection: sa.Connection, subjects: Sequence[Subject], about: Mapping[str, Any]
    ) -> Head:
        """Sign and add a run; the chain is begun if this is the first.

        Where the newest entry that the estate remembers is not in the store (an older copy was put
        back, or it was exchanged), the new entry says so under its signature, for ever.
        """
        last = self._last_or_begun(connection)
        lost = self._lost(connection)
        if lost is not None:
            self._went_on = True
            about = {**about, LOST: {"sequence": lost.sequence, "digest": lost.digest}}
        key, former = self._signing(last)
        if former is not None:
            last = self._change(connection, last, former, key)
        return _remembered(self._add(connection, last, "run", last.signer, about, subjects, [key]))

    def begin(self, connection: sa.Connection, about: Mapping[str, Any]) -> None:
        """Entry 0."""
        key = self.ring.given() or self.ring.make()
        self._begun(connection, key, about)

    def rotate(self) -> Head:
        """Sign with a new key from now on; both keys sign the change."""
        if self.ring.given() is not None:
            raise UsageError(
                _("the key comes from {variable}: change it there", variable=VARIABLE),
                hint=_("the former one stays in the estate's folder until the new one has signed"),
            )
        with self._database.writing() as connection:
            last = self._last_or_begun(connection)
            former, _other = self._signing(last)
            key = self.ring.prepare()
            changed = self._change(connection, last, former, key)
        self.ring.take(key)
        self.remember(_remembered(changed))
        return _remembered(changed)

    def remember(self, head: Head) -> None:
        """Keep the newest entry outside the store too, so that a shortened chain is noticed."""
        known = self.head
        newer_one = known is None or known.chain != head.chain or known.sequence < head.sequence
        if newer_one or self._went_on:
            said = {"chain": head.chain, "sequence": head.sequence, "digest": head.digest}
            write_private(self._head, json.dumps(said) + "\n")

    def _last_or_begun(self, connection: sa.Connection) -> _Last:
        chain = self.id(connection)
        if chain is None:
            return self._begun(connection, self.ring.given() or self.ring.make(), {})
        if not _stands(connection, chain):
            raise self._not_there(chain)
        return self._last(connection, chain)

    def _not_there(self, chain: str) -> InputError:
        message = _("the chain {chain} that this estate has written is not there", chain=chain[:16])
        hint = _("bring it: govctl evidence export all -o FILE from where it is (or a backup), then"
                 " govctl evidence import FILE")  # fmt: skip
        return InputError([Problem(self._database.place, 0, 0, message, hint=hint)])

    def _lost(self, connection: sa.Connection) -> Head | None:
        """The entry that the estate remembers, if another or none stands in its place."""
        head = self.head
        if head is None:
            return None
        query = sa.select(entries.c.envelope).where(
            entries.c.chain == head.chain, entries.c.sequence == head.sequence
        )
        found = connection.execute(query).scalars().first()
        with suppress(ValueError, zlib.error):
            if found and sealed(inflated(found)) == head.digest:
                return None
        return head

    def _signing(self, last: _Last) -> tuple[Ed25519PrivateKey, Ed25519PrivateKey | None]:
        """The key that signs now; and the former, if the chain does not know this one yet."""

        def signs(key: Ed25519PrivateKey | None) -> bool:
            return key is not None and dsse.hex_of(key.public_key()) == last.signer

        following = self.ring.next()
        if following is not None and signs(following):
            self.ring.take(following)  # the change was kept, and then something stopped us
        key, own = self.ring.given() or self.ring.make(), self.ring.own()
        if signs(key):
            return key, None
        if signs(own):
            return key, own
        raise UsageError(
            _("the key {key} does not sign this estate's evidence: it is signed with {signer}",
              key=fingerprint(key.public_key())[:16],
              signer=fingerprint(dsse.key_of(last.signer))[:16]),
            hint=_("give that key in {variable}, or put it back into {file}",
                   variable=VARIABLE, file=self.ring.file),
        )  # fmt: skip

    def _last(self, connection: sa.Connection, chain: str) -> _Last:
        """The newest entry. InputError if it is damaged: nothing is added to what is not read."""
        query = sa.select(entries).where(entries.c.chain == chain)
        row = connection.execute(query.order_by(entries.c.sequence.desc()).limit(1)).one()
        place = self._database.place / chain[:16] / str(row.sequence)
        try:
            data = inflated(row.envelope)
            entry = read(dsse.read(data))
        except Newer as error:
            raise InputError([newer(place, error.schema)]) from error
        except (ValueError, zlib.error) as error:
            message = _("this entry of the chain is damaged")
            hint = _("govctl evidence verify says what was changed")
            raise InputError([Problem(place, 0, 0, message, hint=hint)]) from error
        return _Last(entry, sealed(data), entry.key)

    def _begun(
        self, connection: sa.Connection, key: Ed25519PrivateKey, about: Mapping[str, Any]
    ) -> _Last:
        public = dsse.hex_of(key.public_key())
        said = {"nonce": datetime.now(UTC).isoformat(), **about}
        entry = Entry("chain", "", 0, "", _now(), public, said, key_subject(public))
        envelope = dsse.sign(document(entry), [key])
        _insert(connection, chain_of(dsse.read(envelope)), entry, envelope)
        return _Last(entry, sealed(envelope), public)

    def _change(
        self, connection: sa.Connection, last: _Last, former: Ed25519PrivateKey,
        key: Ed25519PrivateKey,
    ) -> _Last:  # fmt: skip
        public = dsse.hex_of(key.public_key())
        return self._add(connection, last, "key", public, {}, key_subject(public), [former, key])

    def _add(
        self, connection: sa.Connection, last: _Last, kind: Kind, public: str,
        about: Mapping[str, Any], subjects: Sequence[Subject], keys: Sequence[Ed25519PrivateKey],
    ) -> _Last:  # fmt: skip
        chain = last.entry.chain or _chain_of_first(connection, last)
        number = last.entry.sequence + 1
        entry = Entry(kind, chain, number, last.digest, _now(), public, about, tuple(subjects))
        envelope = dsse.sign(document(entry), keys)
        _insert(connection, chain, entry, envelope)
        return _Last(entry, sealed(envelope), public)


def _now() -> str:
    return moment(datetime.now(UTC))


def _remembered(last: _Last) -> Head:
    return Head(last.entry.chain, last.entry.sequence, last.digest)


def _stands(connection: sa.Connection, chain: str) -> bool:
    return bool(
        connection.execute(sa.select(entries.c.sequence).where(entries.c.chain == chain)).first()
    )


def _insert(connection: sa.Connection, chain: str, entry: Entry, envelope: bytes) -> None:
    row = {"chain": chain, "sequence": entry.sequence, "run": entry.run,
           "envelope": zlib.compress(envelope)}  # fmt: skip
    connection.execute(sa.insert(entries), row)
    add(connection, holdings, [{"chain": chain, "sequence": entry.sequence}])


def _chain_of_first(connection: sa.Connection, last: _Last) -> str:
    """The id of a chain that has its entry 0 alone."""
    rows = connection.execute(sa.select(entries).where(entries.c.sequence == 0))
    return str(next(row.chain for row in rows if sealed(inflated(row.envelope)) == last.digest))
