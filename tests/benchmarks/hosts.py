"""Machines to visit: clones of a hardened image with OpenSSH, addresses and a key."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

from govctl.pipeline.reach import USER, wait_for_port
from scanners.host.reach.address import HostAddress
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import File, Instance, Limits, Network, Nic
from stacks.resources import SSH_HOST_KEY

POOL = "govctl"
LIMITS = Limits(memory=2**30, cpu=1, disk=2**30, processes=2048)


@dataclass(frozen=True)
class Counters:
    """What machines have used since they started."""

    cpu: float
    """Seconds of processor time of everything that runs in them."""
    sent: int
    """Bytes that left their network cards."""
    received: int
    """Bytes that came in there."""

    def since(self, before: Counters) -> Counters:
        sent, received = self.sent - before.sent, self.received - before.received
        return Counters(self.cpu - before.cpu, sent, received)


class Hosts:
    """A network of clones that answer on SSH; `remove` at the end."""

    def __init__(self, folder: Path, image: str, limits: Limits = LIMITS) -> None:
        self._target = Lxd()
        self._name = f"bench-{secrets.token_hex(2)}"
        self.key = folder / "key"
        self.known_hosts = folder / "known_hosts"
        self._image = image
        self._limits = limits
        # Of the range that RFC 2544 keeps for benchmarks; two may run at a time.
        self._gateway = IPv4Interface(f"198.18.{64 * secrets.randbelow(4)}.1/18")
        self.machines: list[str] = []
        self.addresses: dict[str, HostAddress] = {}
        """By name, in such an order that the first N lie on as many machines as there are."""
        subprocess.run(
            ["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", self.key], check=True, timeout=30
        )

    def start(self, count: int, addresses: int = 1) -> None:
        """Make and start so many, with so many addresses each; returns when all of them answer."""
        network = Network(self._name, "", str(self._gateway), None, None, {})
        self._target.create_network(network)
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda number: self._start(number, addresses), range(count)))
            every = [one[place] for place in range(addresses) for one in made]
            self.addresses = {f"{self._name}-{one.host}": one for one in every}
            assert all(pool.map(lambda one: wait_for_port(one, 120), every))
            list(pool.map(_let_in, self.machines))
        lines = (f"{one.host} {one.host_key}\n" for one in every)
        self.known_hosts.write_text("".join(lines))

    @property
    def way(self) -> list[str | Path]:
        """How govctl is told to reach them."""
        return ["--sudo", "--identity", self.key, "--known-hosts", self.known_hosts]

    def ssh_config(self) -> Path:
        """The same for OpenSSH, and for those who read its configuration."""
        path = self.known_hosts.with_name("ssh_config")
        path.write_text(
            f"Host *\n  IdentitiesOnly yes\n  UserKnownHostsFile {self.known_hosts}\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 20\n"
        )
        return path

    def some(self, count: int) -> Mapping[str, HostAddress]:
        """So many addresses, on as many machines as there are."""
        return dict(list(self.addresses.items())[:count])

    def counters(self) -> Counters:
        """Of all machines together."""
        with ThreadPoolExecutor(4) as pool:
            every = list(pool.map(self._state, self.machines))
        cards = [one["network"]["eth0"]["counters"] for one in every]
        sent, received = (sum(card[f"bytes_{way}"] for card in cards)
                          for way in ("sent", "received"))  # fmt: skip
        return Counters(sum(one["cpu"]["usage"] for one in every) / 1e9, sent, received)

    def _state(self, machine: str) -> Mapping[str, Any]:
        done = subprocess.run(
            ["lxc", "query", f"/1.0/instances/{machine}/state"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        state: Mapping[str, Any] = json.loads(done.stdout)
        return state

    def _start(self, number: int, addresses: int) -> list[HostAddress]:
        name = f"{self._name}-{number}"
        nic = Nic("eth0", self._name, f"02:00:00:00:01:{number:02x}")
        self._target.create_instance(
            Instance(name, self._image, POOL, self._limits, (nic,), {"estate": self._name})
        )
        self.machines.append(name)
        first = self._gateway.ip + 256 * (number + 1)
        every = [str(first + place) for place in range(addresses)]
        assert first in self._gateway.network, "more machines than this network holds"
        lines = "".join(f"Address={one}/{self._gateway.network.prefixlen}\n" for one in every)
        link = f"[Match]\nName=eth0\n\n[Network]\n{lines}"
        self._write(name, "/etc/systemd/network/10-eth0.network", link)
        # sudo looks its host up each time it is called.
        self._write(name, "/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
        public = self.key.with_suffix(".pub").read_text()
        self._write(name, f"/etc/ssh/authorized_keys/{USER}", public)
        self._target.start(name)
        key = self._host_key(name)
        return [HostAddress(one, USER, (self.key,), host_key=key) for one in every]

    def _write(self, machine: str, path: str, text: str) -> None:
        self._target.write_file(machine, path, File(text.encode(), 0o644, 0, 0))

    def _host_key(self, machine: str) -> str:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            found = self._target.read_file(machine, SSH_HOST_KEY)
            if found and found.content.endswith(b"\n"):
                return " ".join(found.content.decode().split()[:2])
            time.sleep(0.5)
        raise TimeoutError(f"{machine} made no host key")

    def remove(self) -> None:
        """Delete what carries this benchmark's mark."""
        ours = [
            one.name for one in self._target.instances() if one.tags.get("estate") == self._name
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._remove, ours))
        self._target.delete_network(self._name)

    def _remove(self, machine: str) -> None:
        self._target.stop(machine, 0)
        self._target.delete_instance(machine)


def _let_in(machine: str) -> None:
    """Wait until a machine is up: while it starts, PAM turns everybody away (pam_nologin(8))."""
    deadline = time.monotonic() + 180
    words = ["lxc", "exec", machine, "--", "systemctl", "-q", "is-active", "multi-user.target"]
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):  # of many that start at once one may not answer
            done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, timeout=20)
            if done.returncode == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"{machine} does not come up")
