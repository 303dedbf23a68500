"""Containers of a tree, each brought into a state by a script, and asked by both sides."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanners.host import probe, stream
from scanners.host.collect import facts_from
from scanners.host.collecting import Wanted
from scanners.host.model import HostFacts
from scanners.host.moment import now
from stacks.images.pack import METADATA, ROOTFS, pack
from stacks.provider.targets.lxd import Lxd
from tests.benchmarks.images import held

POOL = "govctl"
SECONDS = 900


@dataclass(frozen=True)
class Machine:
    """A running container without a network."""

    name: str

    def run(self, script: str, *, check: bool = True) -> bytes:
        """A script for `sh`, over standard input; its standard output."""
        command = ["lxc", "exec", self.name, "--", "sh", "-s"]
        done = subprocess.run(
            command, input=script.encode(), capture_output=True, timeout=SECONDS, check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout

    def push(self, file: Path, path: str) -> None:
        """Copy a file in."""
        command = ["lxc", "file", "push", "--create-dirs", str(file), f"{self.name}{path}"]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)

    def restart(self) -> None:
        """Stop it in order and start it again."""
        restart = ["lxc", "restart", self.name, "--timeout", "120"]
        subprocess.run(restart, check=True, capture_output=True, timeout=SECONDS)
        self.wait()

    def wait(self) -> None:
        """Until systemd says `running`, or `degraded`: a container may not start all there is."""
        for _ in range(120):
            state = self.run("systemctl is-system-running 2>/dev/null", check=False).strip()
            if state in (b"running", b"degraded"):
                return
            time.sleep(1)
        raise TimeoutError(self.name)

    def facts(self, wanted: Wanted) -> HostFacts:
        """What a scan would bring back, over LXD's door: a state may have broken SSH."""
        token, taken_at = secrets.token_hex(16), now()
        raw = stream.parse(self.run(probe.script(wanted, token)), wanted, token)
        if raw is None:
            raise RuntimeError(f"{self.name}: the probe never began")
        return facts_from(raw, self.name, taken_at)


@contextmanager
def image(tree: Path, folder: Path, name: str) -> Iterator[str]:
    """A tree as an image of LXD, held as long as the context lasts; its fingerprint."""
    folder.mkdir()
    pack(tree, name, "", folder, int(time.time()))
    with held(folder / METADATA, folder / ROOTFS) as fingerprint:
        yield fingerprint


@contextmanager
def started(fingerprint: str, name: str) -> Iterator[Machine]:
    """A container of an image, ready when systemd has started everything; deleted at the end."""
    machine = Machine(name)
    launch = ["lxc", "launch", fingerprint, name, "--storage", POOL, "--no-profiles"]
    subprocess.run(launch, check=True, capture_output=True, timeout=SECONDS)
    try:
        machine.wait()
        yield machine
    finally:
        target = Lxd()
        target.stop(name, 0)
        target.delete_instance(name)
