"""Machines to visit: clones of a hardened image with OpenSSH, an address and a key."""

from __future__ import annotations

import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Interface
from pathlib import Path

from govctl.pipeline.reach import USER, wait_for_port
from scanners.host.reach.address import HostAddress
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import File, Instance, Limits, Network, Nic
from stacks.resources import SSH_HOST_KEY

POOL = "govctl"
GATEWAY = IPv4Interface("198.18.0.1/24")
"""Of the range that RFC 2544 keeps for benchmarks."""
LIMITS = Limits(memory=256 * 2**20, cpu=1, disk=2**30, processes=512)


class Hosts:
    """A network of clones that answer on SSH; `remove` at the end."""

    def __init__(self, folder: Path, image: str) -> None:
        self._target = Lxd()
        self._name = f"bench-{secrets.token_hex(2)}"
        self._key = folder / "key"
        self._image = image
        self.addresses: dict[str, HostAddress] = {}
        subprocess.run(
            ["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", self._key], check=True, timeout=30
        )

    def start(self, count: int) -> None:
        """Make and start so many; returns when all of them answer."""
        network = Network(self._name, "", str(GATEWAY), None, None, {})
        self._target.create_network(network)
        with ThreadPoolExecutor(8) as pool:
            for address in pool.map(self._start, range(count)):
                self.addresses[f"{self._name}-{address.host}"] = address
            assert all(pool.map(lambda one: wait_for_port(one, 120), self.addresses.values()))

    def _start(self, number: int) -> HostAddress:
        name = f"{self._name}-{number}"
        nic = Nic("eth0", self._name, f"02:00:00:00:01:{number:02x}")
        self._target.create_instance(
            Instance(name, self._image, POOL, LIMITS, (nic,), {"estate": self._name})
        )
        address = GATEWAY.ip + 10 + number
        link = f"[Match]\nName=eth0\n\n[Network]\nAddress={address}/{GATEWAY.network.prefixlen}\n"
        self._write(name, "/etc/systemd/network/10-eth0.network", link)
        public = self._key.with_suffix(".pub").read_text()
        self._write(name, f"/etc/ssh/authorized_keys/{USER}", public)
        self._target.start(name)
        key = self._host_key(name)
        return HostAddress(str(address), USER, (self._key,), host_key=key)

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
