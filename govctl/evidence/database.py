"""The database that evidence is kept in: SQLite beside the estate, or PostgreSQL by URL.

Rows are added and never changed or removed: whatever differs later was done by other hands, and
`govctl evidence verify` finds it.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from govctl.errors import GovctlError, InputError, MissingPrerequisite, Problem, UsageError
from govctl.files import no_room as disk_full
from govctl.texts import _

SCHEMA = 1
VARIABLE = "GOVCTL_EVIDENCE"
_WAIT = 60
"""Seconds that one writer waits for another."""
_LOCK = 0x60C7C71  # any number: what an advisory lock of PostgreSQL is called by
_BATCH = 500
_BESIDE = 2**16
"""Bytes that SQLite may need beside the file, also to read it: its index of the log is 32 KiB."""

_tables = sa.MetaData()
about = sa.Table(
    "govctl_evidence",
    _tables,
    sa.Column("schema", sa.Integer, primary_key=True, autoincrement=False),
)
blobs = sa.Table(
    "govctl_blobs",
    _tables,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("cut", sa.Boolean, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
entries = sa.Table(
    "govctl_entries",
    _tables,
    sa.Column("chain", sa.String(64), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run", sa.String(64), index=True),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
)
holdings = sa.Table(
    "govctl_holdings",
    _tables,
    sa.Column("chain", sa.String(64), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
)
"""Entries whose objects are here; of an imported chain some may be known by signature alone."""


class Database:
    """Where the rows are; opened when first needed."""

    def __init__(self, file: Path, url: str | None) -> None:
        self.file = file
        self._url = url
        self._engine: sa.Engine | None = None
        self._has_tables = False

    @property
    def name(self) -> str:
        """What a message calls it: a file, or a URL without its password."""
        return re.sub(r"//[^@/]*@", "//", self._url) if self._url else str(self.file)

    @property
    def place(self) -> Path:
        """The same for problems, which are of files."""
        return Path(self.name)

    @property
    def exists(self) -> bool:
        """False before anything was written."""
        if not self._url and (not self.file.is_file() or not self.file.stat().st_size):
            return False
        if not self._has_tables:
            with self._errors():
                self._has_tables = sa.inspect(self._open()).has_table(about.name)
        return self._has_tables

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state; the schema is checked."""
        with self._errors(), self._open().connect() as connection:
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone: others wait. Kept whole if the block ends well, else not at all.

        Tables are made with the first.
        """
        with self._errors():
            if not self._url and not self.file.exists():
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))
            engine = self._open().execution_options(govctl_writes=True)
            with engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                if not sa.inspect(connection).has_table(about.name):
                    _tables.create_all(connection)
                    connection.execute(sa.insert(about).values(schema=SCHEMA))
                self._check(connection)
                yield connection

    def close(self) -> None:
        """Let go of the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _check(self, connection: sa.Connection) -> None:
        found = connection.execute(sa.select(sa.func.max(about.c.schema))).scalar()
        if not isinstance(found, int):
            raise InputError([self.damaged(_("it does not say what it is"))])
        if found > SCHEMA:
            raise InputError([newer(self.place, found)])

    def damaged(self, why: str) -> Problem:
        """A problem that names this store."""
        hint = _("restore it from a backup; govctl does not repair evidence")
        return Problem(self.place, 0, 0, _("this evidence is damaged: {why}", why=why), hint=hint)

    def _open(self) -> sa.Engine:
        if self._engine is None:
            self._engine = self._of_url(self._url) if self._url else _of_file(self.file)
        return self._engine

    def _of_url(self, url: str) -> sa.Engine:
        try:
            parsed = sa.make_url(url)
            if parsed.get_backend_name() != "postgresql":
                raise ArgumentError(parsed.get_backend_name())
            # A database without an encoding would give text as bytes.
            options = {"connect_timeout": 10, "client_encoding": "utf8"}
            return sa.create_engine(
                parsed.set(drivername="postgresql+psycopg"), connect_args=options
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise UsageError(
                _("{place} is no store of evidence", place=self.name),
                hint=_("postgresql+psycopg://user@host/database, or nothing for a file"),
            ) from error
        except ModuleNotFoundError as error:
            raise MissingPrerequisite(
                _("the driver for PostgreSQL is not installed"),
                hint="pip install 'govctl[postgresql]'",
            ) from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the database says, as one of our errors; never with its URL."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(error) from None
        except SQLAlchemyError as error:
            raise InputError([self.damaged(str(error).split("\n", 1)[0])]) from None

    def _error(self, error: DBAPIError) -> GovctlError:
        said = str(error.orig).strip().split("\n", 1)[0]
        code = getattr(error.orig, "sqlite_errorcode", None)
        state = getattr(error.orig, "sqlstate", None) or ""
        if code == sqlite3.SQLITE_FULL or state.startswith("53"):
            return no_room(self.place.parent if not self._url else self.place)
        if not self._url and (code or 0) & 0xFF == sqlite3.SQLITE_IOERR and _is_full(self.file):
            return disk_full(self.file)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return MissingPrerequisite(
                _("{place}: somebody else has been writing for a minute", place=self.name),
                hint=_("wait for it, then run the same command again"),
            )
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return MissingPrerequisite(
                _("cannot write to {place}: {why}", place=self.name, why=said)
            )
        if self._url and (error.connection_invalidated or not state):
            return MissingPrerequisite(
                _("{place} does not answer: {reason}", place=self.name, reason=said)
            )
        return InputError([self.damaged(said)])


def _is_full(file: Path) -> bool:
    """True if the disk has no room for what SQLite needs beside the file, also to read it."""
    found = os.statvfs(file.parent)
    return found.f_bavail * found.f_frsize < _BESIDE


def no_room(place: Path) -> MissingPrerequisite:
    """The disk is full; nothing of the run is left."""
    return MissingPrerequisite(
        _("no room left on the disk of {place}: this run was not kept", place=place),
        hint=_("free some space, then run the same command again"),
    )


def newer(place: Path, schema: int) -> Problem:
    """Refuses what a later govctl wrote."""
    return Problem(
        place,
        0,
        0,
        _("written by a newer govctl (schema {found})", found=schema),
        expected=_("schema {known} or older", known=SCHEMA),
        hint=_("update govctl to read it"),
    )


def add(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Add rows; those that are there already stay as they are."""
    of_dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), _BATCH):
        statement = of_dialect.insert(table).on_conflict_do_nothing()
        connection.execute(statement, rows[start : start + _BATCH])


def _of_file(file: Path) -> sa.Engine:
    is_open = os.access(file.parent, os.W_OK)
    # On a read-only disk nobody writes, and SQLite cannot make the files that readers share.
    place = f"file:{_quoted(file)}" + ("" if is_open else "?mode=ro&immutable=1")

    def connect() -> sqlite3.Connection:
        # SQLite maps its index of the log: without room the kernel ends the process (SIGBUS).
        if is_open and not Path(f"{file}-shm").exists() and _is_full(file):
            raise disk_full(file)
        made = sqlite3.connect(
            place, uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        if is_open:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("PRAGMA synchronous=FULL")
        return made

    engine = sa.create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # Python's own BEGIN is deferred: two writers would meet half-way, and one would fail.
        writes = connection.get_execution_options().get("govctl_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _quoted(file: Path) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(str(file.absolute()))
