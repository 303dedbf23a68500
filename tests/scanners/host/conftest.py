"""An OpenSSH server that answers, and a port that never does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.scanners.host.sshd import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sshd")
    (folder / "banner").write_text("Authorised users only \x1b[31m\n")
    with serving(folder, f"Banner {folder}/banner", "MaxStartups 100") as running:
        yield running


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        listener.settimeout(0.1)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    held.append(listener.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()
        for connection in held:
            connection.close()
