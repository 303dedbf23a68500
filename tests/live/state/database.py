"""A database of a PostgreSQL server as a backend of Pulumi."""

from __future__ import annotations

import base64

import psycopg

from tests.evidence.postgres import PASSWORD, Server


class Database:
    """One that is empty at first."""

    password = PASSWORD

    def __init__(self, server: Server, name: str) -> None:
        server.database(name)
        self._where = f"govctl@127.0.0.1:{server.port}/{name}"

    @property
    def url(self) -> str:
        """Without the password, which the environment has."""
        return f"postgres://{self._where}?sslmode=disable"

    @property
    def environment(self) -> dict[str, str]:
        """What opens the database."""
        return {"PGPASSWORD": self.password}

    def held(self) -> dict[str, bytes]:
        """Every value that the engine keeps in its one table, by its key."""
        where = f"postgres://{self._where}"
        # The server's own encoding is SQL_ASCII, of which psycopg would make bytes.
        with psycopg.connect(where, password=self.password, client_encoding="UTF8") as there:
            tables = there.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            if tables.fetchall() != [("pulumi_state",)]:
                return {}
            rows = there.execute("SELECT key, data->>'data' FROM pulumi_state").fetchall()
        return {key: base64.b64decode(value) for key, value in rows}
