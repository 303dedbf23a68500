"""Two real machines to visit: one beside this host, and one that only the first one reaches."""

from __future__ import annotations

import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from govctl.pipeline.reach import USER, wait_for_port
from scanners.host.reach.address import HostAddress
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import File, Instance, Limits, Network, Nic
from stacks.resources import SSH_HOST_KEY
from tests.live.estates import lxc

POOL = "govctl"
LIMITS = Limits(memory=2**30, cpu=1, disk=2**30, processes=1024)
NUMBER = 94
"""Second part of the addresses, unless a test takes its own."""
FRONT4, FRONT6, INNER4 = f"10.{NUMBER}.0.10", f"fd{NUMBER}:{NUMBER}::10", f"10.{NUMBER}.1.20"
NOBODY4 = "10.94.0.99"
"""An address of the same network that no machine has."""
PERSON = "chi"
"""Somebody whose sudo asks for a password."""
_SSHD = "PermitRootLogin prohibit-password\nDisableForwarding no\nAllowTcpForwarding yes\n"
"""What this test needs of the machine in front: root's login, and the way on."""


@dataclass(frozen=True)
class Key:
    """A key pair of the test."""

    path: Path

    @property
    def public(self) -> str:
        return self.path.with_suffix(".pub").read_text()


class Lab:
    """Its names begin with `v` and random digits; `remove` deletes what has this lab's mark."""

    def __init__(self, folder: Path, image: str, number: int = NUMBER) -> None:
        self._target = Lxd()
        self._mark = f"v{secrets.token_hex(3)}"
        self._image = image
        self.front4, self.inner4 = f"10.{number}.0.10", f"10.{number}.1.20"
        self._gateways = f"10.{number}.0.1/24", f"fd{number}:{number}::1/64"
        self._front6 = f"fd{number}:{number}::10"
        front = (f"{self.front4}/24", f"{self._front6}/64"), (f"10.{number}.1.10/24",)
        self._legs = {"front": front, "inner": ((f"{self.inner4}/24",),)}
        self.folder = folder
        self.password = f"Aa1-{secrets.token_urlsafe(15)}"
        self.key = Key(folder / "key")
        self.known_hosts = folder / "known_hosts"
        self.host_keys: dict[str, str] = {}
        subprocess.run(
            ["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", self.key.path], check=True, timeout=30
        )

    def name(self, machine: str) -> str:
        """What LXD calls it."""
        return f"{self._mark}-{machine}"

    def inside(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command as root, by LXD's own way in."""
        return lxc("exec", self.name(machine), "--", "sh", "-c", command, check=check)

    def start(self) -> None:
        """Networks, machines, accounts; returns when both answer."""
        outer, inner = f"{self._mark}a", f"{self._mark}b"
        tags = {"estate": self._mark}
        self._target.create_network(Network(outer, "", *self._gateways, None, tags))
        self._target.create_network(Network(inner, "", None, None, None, tags))
        legs = {"front": (outer, inner), "inner": (inner,)}
        with ThreadPoolExecutor(2) as pool:
            keys = pool.map(lambda one: self._start(one, legs[one]), legs)
            self.host_keys = dict(zip(legs, keys, strict=True))
        front, behind = self.host_keys["front"], self.host_keys["inner"]
        lines = f"{self.front4},{self._front6} {front}\n{self.inner4} {behind}\n"
        self.known_hosts.write_text(lines)
        self._open_front()
        assert wait_for_port(HostAddress(self.front4, USER), 60)
        there = f"timeout 2 bash -c '</dev/tcp/{self.inner4}/22' 2>/dev/null"
        self.inside("front", f"for i in $(seq 60); do {there} && exit; sleep 0.5; done; exit 1")

    def ssh_config(self) -> Path:
        """The same ways for govctl, OpenSSH and testinfra; `inner` is the one behind."""
        path = self.folder / "config"
        path.write_text(
            f"Host inner\n  HostName {self.inner4}\n  ProxyJump {USER}@{self.front4}\n"
            f"Host *\n  User {USER}\n  IdentityFile {self.key.path}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 10\n"
        )
        return path

    def _start(self, machine: str, networks: tuple[str, ...]) -> str:
        name = self.name(machine)
        nics = tuple(
            Nic(f"eth{number}", network, f"02:00:00:94:{number:02x}:{len(networks):02x}")
            for number, network in enumerate(networks)
        )
        tags = {"estate": self._mark}
        self._target.create_instance(Instance(name, self._image, POOL, LIMITS, nics, tags))
        for number, addresses in enumerate(self._legs[machine]):
            lines = "".join(f"Address={address}\n" for address in addresses)
            link = f"[Match]\nName=eth{number}\n\n[Network]\nIPv6AcceptRA=no\n{lines}"
            self._write(name, f"/etc/systemd/network/10-eth{number}.network", link)
        self._write(name, "/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
        for user in (USER, PERSON, "root"):
            self._write(name, f"/etc/ssh/authorized_keys/{user}", self.key.public)
        self._target.start(name)
        return self._host_key(name)

    def _open_front(self) -> None:
        name = self.name("front")
        self._write(name, "/etc/ssh/sshd_config.d/00-aaa.conf", _SSHD)
        self._write(name, f"/etc/sudoers.d/{PERSON}", f"{PERSON} ALL=(ALL) ALL\n", 0o440)
        self._write(name, "/root/secret", f"{PERSON}:{self.password}\n", 0o600)
        self.inside(
            "front",
            f"until systemctl is-active -q ssh; do sleep 0.2; done; useradd -m {PERSON} && "
            "chpasswd </root/secret && rm /root/secret && systemctl reload ssh",
        )

    def _write(self, instance: str, path: str, text: str, mode: int = 0o644) -> None:
        self._target.write_file(instance, path, File(text.encode(), mode, 0, 0))

    def _host_key(self, instance: str) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self._target.read_file(instance, SSH_HOST_KEY)
            if found and found.content.endswith(b"\n"):
                return " ".join(found.content.decode().split()[:2])
            time.sleep(0.2)
        raise TimeoutError(f"{instance} made no host key")

    def remove(self) -> None:
        """Machines first, then networks."""
        for one in self._target.instances():
            if one.tags.get("estate") == self._mark:
                self._target.stop(one.name, 0)
                self._target.delete_instance(one.name)
        for network in self._target.networks():
            if network.tags.get("estate") == self._mark:
                self._target.delete_network(network.name)
