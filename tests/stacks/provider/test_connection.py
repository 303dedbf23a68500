"""Finding the target, and saying clearly why it cannot be reached."""

from __future__ import annotations

import http.server
import json
import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from govctl.errors import MissingPrerequisite, TargetError
from stacks.provider.targets.connection import Connection, find_place
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import AlreadyExists

TLS = {
    "GOVCTL_TLS_CERT": "/c.crt",
    "GOVCTL_TLS_KEY": "/c.key",
    "GOVCTL_TLS_SERVER_CERT": "/s.crt",
}


@pytest.mark.parametrize(
    ("url", "environment", "place"),
    [
        ("unix:///run/x.socket", {}, "/run/x.socket"),
        ("https://host:8443/", TLS, "https://host:8443"),
        (None, {"LXD_SOCKET": "/run/lxd"}, "/run/lxd"),
        (None, {"INCUS_SOCKET": "/run/incus"}, "/run/incus"),
    ],
)
def test_places(url: str | None, environment: dict[str, str], place: str) -> None:
    assert str(find_place(url, environment)) == place


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("http://host", TargetError, "neither unix:///path nor https://host:port"),
        ("https://host:8443", MissingPrerequisite, "GOVCTL_TLS_CERT, GOVCTL_TLS_KEY"),
    ],
)
def test_addresses_that_do_not_work(url: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_place(url, {})


def test_a_target_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite) as missing:
        Lxd(f"unix://{tmp_path}/none.socket")
    assert "does not answer" in missing.value.message
    assert missing.value.hint == "run: govctl doctor --fix"


def test_a_target_that_hangs_up_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "dead.socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))  # and never listens
        with pytest.raises(MissingPrerequisite, match="does not answer"):
            Lxd(f"unix://{path}")


START = "Failed to run: forkstart: exit status 1"
TWICE = (
    'Failed creating instance record: Failed to create "instances" entry: '
    "UNIQUE constraint failed: instances.project_id, instances.name"
)


class FailedOperation(http.server.BaseHTTPRequestHandler):
    """Incus 6.0.4, asked to wait for an operation that fails; its path names the reason."""

    def do_GET(self) -> None:
        reason = TWICE if "twice" in self.path else START
        answer = {"type": "error", "error_code": 500, "error": reason, "metadata": None}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "-"

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("operation", "error", "reason"),
    [("start", TargetError, START), ("twice", AlreadyExists, TWICE)],
)
def test_an_operation_that_failed_on_incus_says_why(
    tmp_path: Path, operation: str, error: type[TargetError], reason: str
) -> None:
    path = tmp_path / "incus.socket"
    with socketserver.UnixStreamServer(str(path), FailedOperation) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        connection = Connection(find_place(f"unix://{path}"))
        with pytest.raises(error) as failed:
            connection.finish(f"/1.0/operations/{operation}", "m-1")
    assert type(failed.value) is error
    assert failed.value.message.endswith(f"refused m-1: {reason}")


ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"metadata": 1}'


@contextmanager
def breaking(path: Path, answered: int) -> Iterator[list[int]]:
    """A server whose first connection breaks once it has answered so often, just as it is used
    again; gives how many connections there were."""
    made: list[int] = []

    def serve(listener: socket.socket) -> None:
        for number in range(2):
            with suppress(OSError), listener.accept()[0] as connection:
                made.append(number)
                for _request in range(9 if number else answered):
                    if not connection.recv(65536):
                        return
                    connection.sendall(ANSWER)
                # What comes now is not read, and whoever sent it hears so.
                select.select([connection], [], [], 10)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(10)
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield made


def test_a_connection_that_breaks_as_it_is_used_is_made_anew_for_reading(tmp_path: Path) -> None:
    with breaking(tmp_path / "s", 1) as made:
        connection = Connection(find_place(f"unix://{tmp_path}/s"))
        assert [connection.get("/1.0"), connection.get("/1.0")] == [1, 1]
        assert made == [0, 1]


def test_what_changes_something_is_never_sent_twice(tmp_path: Path) -> None:
    with breaking(tmp_path / "s", 1) as made:
        connection = Connection(find_place(f"unix://{tmp_path}/s"))
        connection.get("/1.0")
        with pytest.raises(TargetError, match="broke"):
            connection.request("POST", "/1.0/instances")
        assert made == [0]


def test_a_kept_connection_is_not_closed_for_its_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been given to another thread meanwhile."""
    with breaking(tmp_path / "s", 2) as made:
        connection = Connection(find_place(f"unix://{tmp_path}/s"))
        connection.get("/1.0")
        now = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: now() + 3600)
        connection.get("/1.0")
        assert made == [0]
