"""A real OpenSSH server on this machine, for one test, on a free port of 127.0.0.1."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanners.host.collecting import Wanted
from scanners.host.model import Command
from scanners.host.reach.address import HostAddress

ECHO = Wanted((), (), (Command("c", "echo hi"),), (), ())
"""What a visit asks: a word back."""
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True)
class Server:
    port: int
    key: Path
    host_key: str

    def address(self, **changes: object) -> HostAddress:
        own = {"keys": (self.key,), "port": self.port, "host_key": self.host_key}
        settings = {**own, "command_timeout": 60, **changes}
        return HostAddress("127.0.0.1", getpass.getuser(), **settings)  # type: ignore[arg-type]


def new_key(path: Path, kind: str = "ed25519") -> str:
    subprocess.run(["ssh-keygen", "-qt", kind, "-N", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


@contextmanager
def serving(folder: Path, *settings: str) -> Iterator[Server]:
    assert SSHD is not None
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    host_key, user_key = new_key(folder / "host"), new_key(folder / "user")
    (folder / "authorized").write_text(user_key + "\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [
        "ListenAddress 127.0.0.1", f"Port {port}", f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized", "StrictModes no", "UsePAM no",
        "PasswordAuthentication no", "PermitRootLogin prohibit-password", "PidFile none", *settings,
    ]  # fmt: skip
    (folder / "config").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.PIPE
    )
    try:
        _wait(port, server)
        yield Server(port, folder / "user", host_key)
    finally:
        server.terminate()
        server.communicate(timeout=60)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _attempt in range(100):
        assert server.poll() is None, server.communicate()[1]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("sshd did not listen")
