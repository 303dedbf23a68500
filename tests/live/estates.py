"""A real estate for live tests: written, driven and looked at as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import testinfra
from testinfra.host import Host

from govctl.estate import load
from govctl.estate.model import Estate, Machine
from stacks.provider import sweep
from stacks.provider.naming import instance_name
from stacks.provider.ownership import ESTATE
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import Instance

GOVCTL = str(Path(sys.executable).parent / "govctl")
WEAKEN = (
    "sed -i 's/^PermitRootLogin .*/PermitRootLogin yes/I' /etc/ssh/sshd_config.d/00-govctl.conf"
    " && systemctl reload ssh"
)
"""What somebody may do to a machine, by hand."""
LONGEST = 600
"""Seconds for one command. Much on two busy cores, and little against a test that hangs."""


@dataclass(frozen=True)
class Done:
    """A command that ended by itself."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        """Standard output as a document."""
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code} after {self.seconds:.0f} s\n{self.out}\n{self.err}"


class LiveEstate:
    """The folder of an estate, and the machines that stand of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.state = folder / ".govctl"

    # What a person does

    def govctl(self, *words: str, expect: int | None = 0, **environment: str) -> Done:
        """Run a command to its end; its exit code has to be this one, if any is given."""
        started = time.monotonic()
        with self.start(*words, **environment) as process:
            try:
                out, err = process.communicate(timeout=LONGEST)
            finally:
                process.kill()
        done = Done(process.returncode, out, err, time.monotonic() - started)
        assert expect is None or done.code == expect, f"{words}: {done}"
        assert "Traceback" not in done.err, done
        return done

    def kept(self, run: str) -> Any:
        """What the evidence says of a run, as a document."""
        done = subprocess.run(
            [GOVCTL, "evidence", "show", run, "-e", self.folder, "--format", "json"],
            capture_output=True, text=True, check=True, timeout=LONGEST,
        )  # fmt: skip
        return json.loads(done.stdout)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a command on the estate, in a process group of its own."""
        return subprocess.Popen(
            [GOVCTL, words[0], str(self.folder), *words[1:]],
            env={**os.environ, "GOVCTL_LANG": "en", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def edit(self, old: str, new: str) -> None:
        """Replace a passage of `estate.yaml` that is there."""
        path = self.folder / "estate.yaml"
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new))

    # What stands

    @property
    def described(self) -> Estate:
        """The estate as it is written now."""
        return load(self.folder)

    @cached_property
    def target(self) -> Lxd:
        """LXD, without govctl's command line between."""
        return Lxd()

    @property
    def marked(self) -> tuple[sweep.Marked, ...]:
        """Every object that carries this estate's mark."""
        return sweep.marked(self.target, self.name)

    def instances(self) -> dict[str, Instance]:
        """The estate's machines on LXD, by their names there."""
        return {i.name: i for i in self.target.instances() if i.tags.get(ESTATE) == self.name}

    def created(self) -> dict[str, str]:
        """When each machine was made and last started: what an idle run must not change."""
        rows = json.loads(lxc("query", "/1.0/instances?recursion=1"))
        return {
            row["name"]: f"made {row['created_at']}, started {row['last_used_at']}"
            for row in rows
            if row["config"].get(f"user.govctl.{ESTATE}") == self.name
        }

    def instance(self, machine: str) -> str:
        """What LXD calls a machine."""
        return instance_name(self.name, machine)

    def inside(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command on a machine as root, behind govctl's back: LXD's own way in."""
        return lxc("exec", self.instance(machine), "--", "sh", "-c", command, check=check)

    def host(self, machine: Machine) -> Host:
        """The witness: testinfra over OpenSSH, with pinned keys, through the firewalls."""
        return testinfra.get_host(
            f"ssh://govctl@{machine.address4}",
            ssh_config=str(self.ssh_config),
            sudo=True,
            controlpersist=30,
            timeout=20,
        )

    @cached_property
    def ssh_config(self) -> Path:
        """Settings for OpenSSH that take the pinned keys and nothing else."""
        path = self.state / "ssh" / "witness"
        path.write_text(
            f"IdentityFile {self.state}/ssh/id_ed25519\n"
            "IdentitiesOnly yes\n"
            f"UserKnownHostsFile {self.state}/known_hosts\n"
            "GlobalKnownHostsFile /dev/null\n"
            "StrictHostKeyChecking yes\n"
            "BatchMode yes\n"
            "ConnectTimeout 10\n"
        )
        return path

    # The end

    def remove(self) -> None:
        """Destroy by command; what that leaves is an error, and is removed all the same."""
        try:
            self.govctl("destroy", "--yes")
            assert self.marked == (), "destroy left something"
        finally:
            sweep.delete(self.target, self.name, self.marked)


def write(folder: Path, name: str, number: int, communes: int) -> LiveEstate:
    """An estate as `govctl init` writes it, but for its name and addresses: 10.<number>/16."""
    estate = LiveEstate(folder, name)
    subprocess.run(
        [GOVCTL, "init", folder, "--province", "Phú Thọ", "--communes", str(communes)],
        check=True, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    estate.edit("estate: phu-tho", f"estate: {name}")
    estate.edit("10.25.0.0/16", f"10.{number}.0.0/16")
    estate.edit('"fd25:25::/48"', f'"fd{number}:{number}::/48"')
    (folder / "addresses.yaml").unlink()  # it belongs to the addresses that were just replaced
    estate.govctl("validate")
    sweep.delete(estate.target, name, estate.marked)  # of a test run that was killed
    return estate


def lxc(*words: str, check: bool = True) -> str:
    """Ask LXD's own client."""
    done = subprocess.run(
        ["lxc", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not check or done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout
