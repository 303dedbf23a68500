"""An S3 server: OpenStack Swift with its S3 interface, all of it on this machine and one folder.

`script/setup --tests` installs it into an environment of its own, from `swift.lock`.
"""

from __future__ import annotations

import base64
import getpass
import hmac
import http.client
import re
import secrets
import socket
import subprocess
import time
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path
from types import TracebackType

PROGRAMS = Path(__file__).parents[3] / ".venv/swift/bin"
SERVERS = ("account", "container", "object", "proxy")
BUCKET = "state"
USER = "province:it"
_WAIT = 60
_RINGS = """
import sys
from swift.common.ring import RingBuilder
for word in sys.argv[2:]:
    name, port = word.split(":")
    ring = RingBuilder(0, 1, 0)
    where = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "disk"}
    ring.add_dev({**where, "weight": 1})
    ring.rebalance()
    ring.get_ring().save(f"{sys.argv[1]}/{name}.ring.gz")
"""
_COMMON = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {folder}
devices = {folder}
mount_check = false
workers = 0
user = {user}
log_address = {folder}/no-log
[pipeline:main]
pipeline = {pipeline} {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
_FILTERS = ("catch_errors", "s3api", "tempauth", "bulk", "slo")


class Swift:
    """Runs while the `with` block does, with one empty bucket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._end = ExitStack()
        self.password = secrets.token_hex(20)

    @property
    def url(self) -> str:
        """The bucket as a backend of Pulumi."""
        query = f"region=us-east-1&endpoint=http://127.0.0.1:{self._port}&use_path_style=true"
        return f"s3://{BUCKET}?{query}"

    @property
    def environment(self) -> dict[str, str]:
        """What opens the bucket."""
        return {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": self.password}

    def held(self) -> dict[str, bytes]:
        """Every object of the bucket, by its key."""
        listing = self._ask("GET", f"/{BUCKET}").decode()
        return {
            key: self._ask("GET", f"/{BUCKET}/{key}")
            for key in re.findall("<Key>(.*?)</Key>", listing)
        }

    def __enter__(self) -> Swift:
        ports = dict(zip(SERVERS, _free_ports(len(SERVERS)), strict=True))
        self._port = ports["proxy"]
        self._configure(ports)
        with self._end:
            servers = {port: self._start(name) for name, port in ports.items()}
            for port, server in servers.items():
                _wait_for(port, server)
            self._ask("PUT", f"/{BUCKET}")
            self._end = self._end.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._end.close()

    def _configure(self, ports: dict[str, int]) -> None:
        (self._folder / "disk").mkdir()
        suffix = f"[swift-hash]\nswift_hash_path_suffix = {secrets.token_hex(8)}\n"
        (self._folder / "swift.conf").write_text(suffix)
        rings = [f"{name}:{port}" for name, port in ports.items() if name != "proxy"]
        subprocess.run(
            [PROGRAMS / "python", "-c", _RINGS, self._folder, *rings], check=True, timeout=_WAIT
        )
        account, _colon, user = USER.partition(":")
        allowed = {"tempauth": f"user_{account}_{user} = {self.password} .admin\n"}
        proxy = "account_autocreate = true\n" + "".join(
            f"[filter:{name}]\nuse = egg:swift#{name}\n{allowed.get(name, '')}" for name in _FILTERS
        )
        for name, port in ports.items():
            text = _COMMON.format(
                name=name, port=port, folder=self._folder, user=getpass.getuser(),
                pipeline=" ".join(_FILTERS) if name == "proxy" else "",
            )  # fmt: skip
            more = proxy if name == "proxy" else f"recon_cache_path = {self._folder}\n"
            (self._folder / f"{name}.conf").write_text(text + more)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        said = self._end.enter_context((self._folder / f"{name}.said").open("w"))
        server = subprocess.Popen(
            [PROGRAMS / f"swift-{name}-server", self._folder / f"{name}.conf"],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
        self._end.callback(server.wait, _WAIT)
        self._end.callback(server.terminate)
        return server

    def _ask(self, method: str, path: str) -> bytes:
        """One request, signed as S3's first signature has it, which is the shortest."""
        date = formatdate(usegmt=True)
        signed = hmac.digest(
            self.password.encode(), f"{method}\n\n\n{date}\n{path}".encode(), "sha1"
        )
        asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_WAIT)
        headers = {"Date": date, "Authorization": f"AWS {USER}:{base64.b64encode(signed).decode()}"}
        asked.request(method, path, headers=headers)
        answer = asked.getresponse()
        body = answer.read()
        asked.close()
        assert answer.status == 200, f"{method} {path}: {answer.status} {body!r}"
        return body


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), _WAIT).close()
        except ConnectionRefusedError:
            assert server.poll() is None, f"{server.args!r} ended"
            assert time.monotonic() < deadline, f"{server.args!r} does not answer"
            time.sleep(0.05)
        else:
            return
