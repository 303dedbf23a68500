"""A PostgreSQL server for one session of tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

PASSWORD = "s3cret"
_NOBODY = "nobody"
_WAIT = 60


def programs() -> Path | None:
    """Where initdb and pg_ctl are: on PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").is_file()), None)


class Server:
    """Runs while the `with` block does."""

    def __enter__(self) -> Server:
        place = programs()
        assert place is not None
        self._programs = place
        self._folder = Path(tempfile.mkdtemp(prefix="govctl-postgres-"))
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._folder, _NOBODY)
        self._port = _free_port()
        try:
            password = self._folder / "password"
            password.write_text(PASSWORD)
            password.chmod(0o644)  # for the user that the server runs as
            self._run("initdb", "--auth-host=scram-sha-256", "--auth-local=trust", "--no-sync",
                      "--username=govctl", f"--pwfile={password}", "-D", self.data)  # fmt: skip
            options = (
                f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder} -c fsync=off"
            )
            log = self._folder / "log"
            self._run("pg_ctl", "-D", self.data, "-w", "-t", str(_WAIT), "-l", log,
                      "-o", options, "start")  # fmt: skip
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def data(self) -> Path:
        return self._folder / "data"

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1; the user is `govctl`."""
        return self._port

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        where = ("-h", self._folder, "-p", str(self._port), "-U", "govctl")
        self._run("psql", *where, "-q", "-d", "postgres", "-c", f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://govctl:{PASSWORD}@127.0.0.1:{self._port}/{name}"

    def _run(self, program: str, *words: str | Path) -> None:
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam(_NOBODY)
            as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
        # A file and not a pipe: the server inherits it, and a pipe would stay open as long.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._programs / program, *words], stdout=said, stderr=said, cwd=self._folder,
                stdin=subprocess.DEVNULL, timeout=_WAIT, check=False,
                env={"PATH": os.defpath, "LC_ALL": "C"}, **as_user,  # type: ignore[call-overload]
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
