"""A person's computer in a zone: a network namespace on the zone's bridge, with no filter at all.

So what does not pass between two of them was stopped by the estate's routers and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govctl.estate.model import Estate
from stacks.provider.naming import bridge_name

_LISTEN = """
import socket, sys
end = ("::", int(sys.argv[1]))
with socket.create_server(end, family=socket.AF_INET6, dualstack_ipv6=True) as s:
    print("ready", flush=True)
    while True:
        s.accept()[0].close()
"""
_REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
except TimeoutError:
    print("silence")
except OSError as error:
    print(error.strerror)
else:
    print("open")
"""
_PAGE = """
import ssl, socket, sys, urllib.request
url, ca, family = sys.argv[1:]
plain = socket.getaddrinfo
socket.getaddrinfo = lambda host, port, *a, **k: [
    found for found in plain(host, port, *a, **k) if found[0] == getattr(socket, family)
]
context = ssl.create_default_context(cafile=ca)
print(urllib.request.urlopen(url, timeout=10, context=context).read().decode())
"""


class Desk:
    """Names are `gv-<n>`; everything is gone with the namespace."""

    def __init__(self, estate: Estate, zone: str, number: int) -> None:
        self.name = f"gv-{number}"
        self._estate = estate
        self._zone = estate.zone(zone)
        self.ipv4 = self._zone.ipv4[-2 - number]
        self.ipv6 = self._zone.ipv6[0xFFF0 + number]
        taken = {m.address4 for m in estate.machines} | {m.address6 for m in estate.machines}
        assert not {self.ipv4, self.ipv6} & taken

    def open(self) -> None:
        """Plug it in: addresses of the zone, the zone's router, the estate's name server."""
        bridge = bridge_name(self._estate.id, self._zone.id)
        _ip("netns", "add", self.name)
        _ip("link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self.name, "master", bridge, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{self.ipv4}/{self._zone.ipv4.prefixlen}", "dev", "eth0"),
            ("address", "add", f"{self.ipv6}/{self._zone.ipv6.prefixlen}", "dev", "eth0", "nodad"),
            ("link", "set", "eth0", "up"),
            ("-4", "route", "add", "default", "via", str(self._zone.gateway4)),
            ("-6", "route", "add", "default", "via", str(self._zone.gateway6)),
        ):
            _ip("-n", self.name, *words)
        servers = [m for m in self._estate.machines if m.role == "infrastructure-dns"]
        folder = Path("/etc/netns") / self.name
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"nameserver {a}\n" for m in servers for a in (m.address4, m.address6)]
        (folder / "resolv.conf").write_text("".join(lines))

    def close(self) -> None:
        """Unplug it."""
        folder = Path("/etc/netns") / self.name
        (folder / "resolv.conf").unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
        for words in (("netns", "delete", self.name), ("link", "delete", self.name)):
            subprocess.run(["ip", *words], check=False, capture_output=True, timeout=20)

    def reach(self, address: object, port: int) -> str:
        """`open`, `silence` within three seconds, or the system's reason."""
        return self._python(_REACH, str(address), str(port)).strip()

    def page(self, url: str, authority: Path, family: str) -> str:
        """A page over TLS that is verified against this root certificate; `AF_INET`, `AF_INET6`."""
        return self._python(_PAGE, url, str(authority), family)

    @contextmanager
    def listening(self, port: int) -> Iterator[None]:
        """Take connections on both families."""
        words = ["ip", "netns", "exec", self.name, sys.executable, "-c", _LISTEN, str(port)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None and process.stdout.readline() == "ready\n"
                yield
            finally:
                process.kill()

    def _python(self, program: str, *words: str) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", program, *words],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def desks(estate: Estate, *zones: str) -> Iterator[list[Desk]]:
    """A desk in each of these zones."""
    made = [Desk(estate, zone, number) for number, zone in enumerate(zones)]
    try:
        for desk in made:
            desk.close()  # of a test run that was killed
            desk.open()
        time.sleep(0.5)  # a bridge port forwards after it has learnt its neighbours
        yield made
    finally:
        for desk in made:
            desk.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)
