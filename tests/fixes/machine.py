"""One real machine to break: a bare Debian from the base of images, reached over SSH."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from govctl.harden_tree import ansible_playbook, parse_recap
from policies.asked import asked_units
from policies.catalogue import shipped
from policies.fixes import fixes
from policies.judge import judge
from policies.library import wishes
from policies.model import Check, Finding
from policies.target import TargetContext
from scanners import scan_host
from scanners.host.facts.software import Units, units_named
from scanners.host.reach.address import HostAddress
from stacks.images.pack import METADATA, ROOTFS, pack
from stacks.images.recipe import load_base
from stacks.images.tree import clean, lay_over, set_up
from tests.fixes.trees import Tree
from tests.live.estates import lxc

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "harden.yml"
GATEWAY, ADDRESS = "10.85.0.1/24", "10.85.0.10"
SECONDS = 600


class Machine:
    """Called `t-fixes-…`; `remove` takes away all that it made."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, f"t-fixes-{os.getpid()}"
        self.bridge = f"t-fix{os.getpid() % 100000}"
        self.key = folder / "key"

    def start(self) -> None:
        """Image, network, machine; returns when its sshd answers."""
        made = ["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(made, check=True, timeout=30)
        tree = Tree(self.folder, copied=True)
        lay_over(tree.path)
        set_up(tree.path, load_base())
        clean(tree.path)
        pack(tree.path, "fixes", "", self.folder, int(time.time()))
        network = self.folder / "10-eth0.network"
        network.write_text(f"[Match]\nName=eth0\n[Network]\nAddress={ADDRESS}/24\n")
        name = self.name
        lxc("image", "import", str(self.folder / METADATA), str(self.folder / ROOTFS),
            "--alias", name)  # fmt: skip
        lxc("network", "create", self.bridge, f"ipv4.address={GATEWAY}", "ipv4.nat=false",
            "ipv4.dhcp=false", "ipv6.address=none")  # fmt: skip
        lxc("init", name, name, "--storage", "govctl", "-c", "security.idmap.isolated=true")
        lxc("config", "device", "add", name, "eth0", "nic", f"network={self.bridge}", "name=eth0")
        lxc("file", "push", str(network), f"{name}/etc/systemd/network/10-eth0.network")
        lxc("file", "push", f"{self.key}.pub", f"{name}/etc/ssh/authorized_keys/govctl",
            "--mode=0644")  # fmt: skip
        lxc("start", name)
        there = "[ -s /etc/ssh/ssh_host_ed25519_key.pub ] && systemctl is-active -q ssh"
        self.run(f"until {there}; do sleep 0.2; done")

    def remove(self) -> None:
        """Machine, network, image."""
        lxc("delete", "-f", self.name, check=False)
        lxc("network", "delete", self.bridge, check=False)
        lxc("image", "delete", self.name, check=False)

    def run(self, script: str) -> str:
        """Run shell lines as root on it; any that fails raises."""
        return lxc("exec", self.name, "--", "sh", "-euc", script)

    def judge(self, context: TargetContext) -> dict[str, Finding]:
        """What the whole catalogue says of it."""
        rows = shipped()
        said = wishes(rows)
        units = units_named(asked_units(rows))
        sources = [units if one.fact is Units else one for one in said["sources"]]
        public = self.run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()
        place = HostAddress(ADDRESS, "govctl", keys=(self.key,), host_key=" ".join(public[:2]))
        facts = scan_host(
            place, self.name, sources=sources, paths=said["paths"], texts=said["texts"]
        )
        return {finding.check: finding for finding in judge(facts, rows, context)}

    def harden(
        self, rows: Sequence[Check], found: Mapping[str, Finding], context: TargetContext, *,
        every: bool = False,
    ) -> tuple[int, int]:  # fmt: skip
        """Close what fails of these rows; with `every`, all of them as if they failed.

        How many tasks ended well, and how many of them changed something.
        """
        chosen = [found[check.id] for check in rows]
        if every:
            chosen = [replace(one, status="fail") for one in chosen]
        public = self.run("cat /etc/ssh/ssh_host_ed25519_key.pub").split()
        known = self.folder / "known_hosts"
        known.write_text(f"{ADDRESS} {' '.join(public[:2])}\n")
        host = {
            "ansible_host": ADDRESS,
            "ansible_user": "govctl",
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={known} -o IdentitiesOnly=yes",
            "ansible_python_interpreter": "/usr/bin/python3",
            "govctl_checks": fixes(chosen, rows, context),
        }
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {"tree": host}}}))
        done = subprocess.run(
            [str(ansible_playbook()), "-i", str(inventory), str(PLAYBOOK)],
            env={**os.environ, "ANSIBLE_PIPELINING": "true", "ANSIBLE_NOCOLOR": "true"},
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        return parse_recap(done.stdout)
