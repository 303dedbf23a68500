"""The runs of one estate: signed, chained, and kept in a database beside it.

    .govctl/evidence.db     every run, by content: what did not change is kept once
            keys/           the key that signs, and the newest entry of the chain
            runs/<run-id>/report.html    a run's page; made from the run, and no part of it

`GOVCTL_EVIDENCE=postgresql+psycopg://…` keeps them there instead. A run is there whole, by one
transaction, or not at all. Nothing here ever changes a finished run.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from govctl.errors import InputError, Problem, UsageError
from govctl.evidence import dsse, statement
from govctl.evidence.chain import Chain
from govctl.evidence.database import VARIABLE, Database, add, blobs, entries, newer
from govctl.evidence.draft import Draft, Gathered, name_of
from govctl.evidence.encode import SCHEMA, FindingsReader, moment, read_info, with_findings
from govctl.evidence.folders import OldRun, old_runs
from govctl.evidence.model import Run, RunInfo, new_run_id
from govctl.evidence.objects import Broken, Objects, fetch_from, known_in
from govctl.evidence.pieces import inflated, packed_again
from govctl.evidence.statement import Entry, Newer
from govctl.files import write_bytes_whole
from govctl.texts import _

LAST = "last"
"""The newest run, where an id is asked for."""


class Store:
    """The runs of one estate; `path` is where their pages stand, `.govctl/runs`."""

    def __init__(self, path: Path, url: str | None = None) -> None:
        self.path = path
        home = path.parent
        self.database = Database(home / "evidence.db", url or os.environ.get(VARIABLE) or None)
        self.chain = Chain(home / "keys", self.database)

    def begin(self, started: datetime) -> Draft:
        """Start a run; use as `with store.begin(now) as draft: … draft.finish(run)`."""
        return self._draft(new_run_id(started))

    def write(self, run: Run, raw: Mapping[str, bytes], report: str | None = None) -> Path:
        """Keep a whole run at once under its own id; returns the folder of its page."""
        with self._draft(run.id) as draft:
            for target in sorted(raw):
                draft.keep(target, raw[target])
            return draft.finish(run, report)

    def ids(self) -> tuple[str, ...]:
        """The estate's own runs, oldest first."""
        with self._reading() as connection:
            chain = connection and self.chain.id(connection)
            if connection is None or chain is None:
                return ()
            query = sa.select(entries.c.run).where(
                entries.c.chain == chain, entries.c.run.is_not(None)
            )
            return tuple(sorted(connection.execute(query).scalars()))

    def named(self, word: str) -> str:
        """The id that a person means: `last` is the estate's newest run."""
        ids = self.ids() if word == LAST else ()
        return ids[-1] if ids else word

    def list(self) -> tuple[RunInfo, ...]:
        """Every run of the estate, oldest first; InputError names each that cannot be read."""
        runs: list[RunInfo] = []
        problems: list[Problem] = []
        for run_id in self.ids():
            try:
                runs.append(self.info(run_id))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return tuple(runs)

    def info(self, run_id: str) -> RunInfo:
        """A run without its findings. Errors as in `load`."""
        with self._entry(run_id) as (entry, objects):
            return self._info(entry, objects)

    def latest(self) -> Run | None:
        """The newest run of the estate; None if there is none."""
        ids = self.ids()
        return self.load(ids[-1]) if ids else None

    def load(self, run_id: str) -> Run:
        """A run with its findings, of this estate or of one that was imported.

        Raises UsageError for an unknown id, InputError for what is damaged, was changed, or was
        written by a newer govctl.
        """
        with self._entry(run_id) as (entry, objects):
            found = statement.names(entry.subjects, "findings")
            objects.load([one.digest for one in found])
            info = self._info(entry, objects)
            try:
                reader = FindingsReader(self._object(entry, objects, "rows.json"))
                findings = [
                    finding
                    for one in found
                    for finding in reader.target(self._object(entry, objects, one.name))
                ]
            except (KeyError, TypeError, ValueError) as error:
                raise self._damaged(entry, "findings", str(error)) from error
            return with_findings(info, tuple(findings))

    def raw(self, run_id: str, target: str) -> bytes | None:
        """What one target gave, byte for byte; None if it gave nothing. Errors as in `load`."""
        with self._entry(run_id) as (entry, objects):
            name = name_of("facts", target)
            for subject in (entry.subject(name), entry.subject(f"{name}.gz")):
                if subject is not None:
                    content = self._object(entry, objects, subject.name)
                    return packed_again(content, subject.gzip) if subject.gzip else content
            return None

    def facts(self, run_id: str, target: str) -> bytes | None:
        """The same before it was packed, which costs most of `raw`. Errors as in `load`."""
        with self._entry(run_id) as (entry, objects):
            name = name_of("facts", target)
            if entry.subject(name) is not None:
                return self._object(entry, objects, name)
            if entry.subject(f"{name}.gz") is None:
                return None
            packed = self._object(entry, objects, f"{name}.gz")
            try:
                return inflated(packed, wbits=31)
            except (ValueError, zlib.error):
                return packed  # as it came: whoever reads it says that it is no bundle

    def document(self, run_id: str, name: str) -> Any:
        """A document that was attached to a run; None if there is none. Errors as in `load`."""
        with self._entry(run_id) as (entry, objects):
            subject = entry.subject(f"documents/{name}.json")
            if subject is None:
                return None
            return orjson.loads(self._object(entry, objects, subject.name))

    def entry(self, run_id: str) -> Entry:
        """What the chain says of a run. Errors as in `load`."""
        with self._entry(run_id) as (entry, _objects):
            return entry

    def report(self, run_id: str) -> Path | None:
        """Where a run's page stands; None if it has none."""
        path = self.path / run_id / "report.html"
        return path if run_id in self.ids() and path.is_file() else None

    def _draft(self, run_id: str) -> Draft:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_in()
        self.chain.ready()
        return Draft(self.path.parent, run_id, self._known, self._commit)

    def _known(self, digests: Sequence[bytes]) -> set[bytes]:
        if not self.database.exists:
            return set()
        with self.database.reading() as connection:
            return known_in(connection, digests)

    def _commit(self, done: Gathered) -> Path:
        with self.database.writing() as connection:
            head = self._insert(connection, done)
        self.chain.remember(head)
        folder = self.path / done.run.id
        if done.report is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            page = done.report.encode("utf-8", "replace")
            write_bytes_whole(folder / "report.html", page, 0o600)
        return folder

    def _insert(self, connection: sa.Connection, done: Gathered, **more: Any) -> Any:
        run = done.run
        same = sa.select(entries.c.chain).where(entries.c.run == run.id)
        if self.chain.id(connection) in connection.execute(same).scalars().all():
            raise ValueError(f"run {run.id} is kept already")
        add(connection, blobs, [blob._asdict() for blob in done.spool.blobs()])
        about = {
            "id": run.id,
            "estate": run.estate,
            "estateDigest": run.estate_digest,
            "started": moment(run.started),
            "finished": moment(run.finished),
            "who": run.who,
            "command": list(run.command),
            "govctl": run.versions.govctl,
            "checks": run.versions.checks,
            "baselines": dict(run.versions.baselines),
            **more,
        }
        return self.chain.add_run(connection, done.subjects, about)

    def _take_in(self) -> None:
        """Bring runs of earlier versions into a store that is new; their folders stay."""
        if self.chain.head is not None or not self.path.is_dir():
            return
        found = list(old_runs(self.path))
        if not found:
            return
        with self.database.writing() as connection:
            if self.chain.id(connection) is not None:
                return
            damaged = [
                {"run": p.file.parent.name, "why": str(p)} for p in found if isinstance(p, Problem)
            ]
            self.chain.begin(connection, {"leftOut": damaged})
            head = None
            for old in found:
                if isinstance(old, OldRun):
                    head = self._taken_in(connection, old)
        if head is not None:
            self.chain.remember(head)

    def _taken_in(self, connection: sa.Connection, old: OldRun) -> Any:
        def insert(done: Gathered) -> Path:
            heads.append(self._insert(connection, done, takenIn=True))
            return self.path

        heads: list[Any] = []

        def known(digests: Sequence[bytes]) -> set[bytes]:
            return known_in(connection, digests)

        with Draft(self.path.parent, old.run.id, known, insert) as draft:
            for target, bundle in sorted(old.raw.items()):
                draft.keep(target, bundle)
            draft.finish(old.run)
        return heads[0]

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection | None]:
        self._take_in()
        if not self.database.exists:
            yield None
            return
        with self.database.reading() as connection:
            yield connection

    @contextmanager
    def _entry(self, run_id: str) -> Iterator[tuple[Entry, Objects]]:
        with self._reading() as connection:
            if connection is None:
                raise self._unknown(run_id)
            rows = connection.execute(sa.select(entries).where(entries.c.run == run_id)).all()
            if not rows:
                raise self._unknown(run_id)
            own = self.chain.id(connection)
            row = next((row for row in rows if row.chain == own), rows[0])
            place = self.database.place / run_id
            try:
                entry = _entry_of(bytes(row.envelope))
            except Newer as error:
                raise InputError([newer(place, error.schema)]) from error
            except (ValueError, zlib.error) as error:
                raise InputError([self._problem(run_id, "", str(error))]) from error
            if entry.run != run_id:
                raise InputError([self._problem(run_id, "", _("it is not what this run wrote"))])
            yield entry, Objects(fetch_from(connection))

    def _unknown(self, run_id: str) -> UsageError:
        ids = self.ids()
        hint = _("the newest is {run}", run=ids[-1]) if ids else _("no run is kept yet")
        return UsageError(_("there is no run {run}", run=run_id), hint=hint)

    def _info(self, entry: Entry, objects: Objects) -> RunInfo:
        content = self._object(entry, objects, "run.json")
        try:
            document = orjson.loads(content)
            if int(document["schema"]) > SCHEMA:
                place = self._place(str(entry.run), "run.json")
                raise InputError([newer(place, document["schema"])])
            return read_info(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._damaged(entry, "run.json", str(error)) from error

    def _object(self, entry: Entry, objects: Objects, name: str) -> bytes:
        subject = entry.subject(name)
        content = objects.get(subject.digest) if subject else None
        if isinstance(content, bytes):
            return content
        if isinstance(content, Broken) and content.why != "missing":
            raise self._damaged(entry, name, _("it is not what this run wrote"))
        raise self._damaged(entry, name, _("it is not there"))

    def _damaged(self, entry: Entry, name: str, why: str) -> InputError:
        return InputError([self._problem(str(entry.run), name, why)])

    def _problem(self, run_id: str, name: str, why: str) -> Problem:
        message = _("this evidence is damaged: {why}", why=why)
        hint = _("govctl evidence verify says what was changed")
        return Problem(self._place(run_id, name), 0, 0, message, hint=hint)

    def _place(self, run_id: str, name: str) -> Path:
        return self.database.place / run_id / name


@lru_cache(maxsize=4)
def _entry_of(envelope: bytes) -> Entry:
    """What a packed envelope says; it is asked for again with each target of a run."""
    return statement.read(dsse.read(inflated(envelope)))
