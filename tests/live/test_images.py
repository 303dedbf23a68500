"""An image is built from nothing, hardened as a tree, and boots as a machine of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govctl.errors import ProvisionError
from govctl.harden_tree import harden_tree
from stacks.images.build import BuiltImage, HardenResult, Judge, Scan, build
from stacks.images.kept import SBOM, SCAN
from stacks.images.pack import MANIFEST, ROOTFS
from stacks.images.recipe import Role
from stacks.images.tree import copy_tree

pytestmark = pytest.mark.live

ROLE = Role("test-dns", ("unbound",))
NAME = f"t-images-{os.getpid()}"
BRIDGE = f"t-img{os.getpid() % 100000}"
CLIENT = shutil.which("lxc") or "incus"
GATEWAY, ADDRESS = "10.213.77.1/24", "10.213.77.2/24"
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Write a setting
      ansible.builtin.copy:
        dest: /etc/ssh/sshd_config.d/20-test.conf
        content: "MaxAuthTries {{ (govctl_checks | from_json).sshd[0].value }}\\n"
        mode: "0600"
      when: govctl_offline
    - name: Read it as the machine would
      ansible.builtin.command: cat /etc/ssh/sshd_config.d/20-test.conf
      changed_when: false
"""


class Judged:
    """Real hardening by a small playbook; verification counts what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.playbook = folder / "playbook.yml"
        self.playbook.write_text(PLAYBOOK)
        self.verified: list[str] = []

    def harden(self, tree: Path, role: str) -> HardenResult:
        return harden_tree(tree, {"sshd": [{"id": "tries", "value": 3}]}, self.playbook)

    def verify(self, tree: Path, role: str) -> Scan:
        self.verified.append(role)
        setting = (tree / "etc/ssh/sshd_config.d/20-test.conf").read_text()
        failures = [] if setting == "MaxAuthTries 3\n" else [f"sshd: {setting}"]
        return Scan(failures, {"pass": 1}, b'{"results": []}\n')

    def judge(self) -> Judge:
        return Judge(self.harden, self.verify, "live test", ("a-baseline:3",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("images")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def judged(folder: Path) -> Judged:
    return Judged(folder)


@pytest.fixture(scope="module")
def image(folder: Path, judged: Judged) -> BuiltImage:
    return build([ROLE], judged.judge(), folder, lambda _: None)[0]


def lxc(*words: str) -> str:
    done = subprocess.run(
        [CLIENT, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def machine(image: BuiltImage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running machine of the image; gives the private key that opens it."""
    folder = tmp_path_factory.mktemp("machine")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", key], check=True)
    network = folder / "10-eth0.network"
    network.write_text(f"[Match]\nName=eth0\n[Network]\nAddress={ADDRESS}\nIPv6AcceptRA=no\n")
    try:
        lxc("image", "import", str(image.metadata), str(image.rootfs), "--alias", NAME)
        lxc("network", "create", BRIDGE, f"ipv4.address={GATEWAY}", "ipv4.nat=false",
            "ipv4.dhcp=false", "ipv6.address=none")  # fmt: skip
        lxc("init", NAME, NAME, "--storage", "govctl", "-c", "security.idmap.isolated=true")
        lxc("config", "device", "add", NAME, "eth0", "nic", f"network={BRIDGE}", "name=eth0")
        lxc("file", "push", str(network), f"{NAME}/etc/systemd/network/10-eth0.network")
        lxc("file", "push", f"{key}.pub", f"{NAME}/etc/ssh/authorized_keys/govctl", "--mode=0644")
        lxc("start", NAME)
        yield key
    finally:
        for words in (("delete", "-f", NAME), ("network", "delete", BRIDGE)):
            subprocess.run([CLIENT, *words], capture_output=True, check=False)
        subprocess.run([CLIENT, "image", "delete", NAME], capture_output=True, check=False)


def inside(command: str) -> str:
    return lxc("exec", NAME, "--", "sh", "-c", command)


def test_the_image_is_built_hardened_and_verified(image: BuiltImage, judged: Judged) -> None:
    assert not image.cached
    assert judged.verified == [ROLE.name]
    assert {"unbound", "openssh-server"} <= image.packages.keys()


def test_the_image_carries_what_it_consists_of_and_how_it_was_judged(
    image: BuiltImage, tmp_path: Path
) -> None:
    folder = image.rootfs.parent
    names = [f"usr/share/govctl/{name}" for name in (SBOM, SCAN)]
    out = tmp_path / "out"
    options = ["-quiet", "-no-progress", "-dest", str(out)]
    subprocess.run(["unsquashfs", *options, str(folder / ROOTFS), *names], check=True)
    for name in (SBOM, SCAN):
        assert (out / "usr/share/govctl" / name).read_bytes() == (folder / name).read_bytes()
    assert (out / names[1]).stat().st_mode & 0o777 == 0o600
    bill = json.loads((folder / SBOM).read_text())
    listed = {one["name"]: one for one in bill["components"] if one["type"] == "library"}
    assert {name: one["version"] for name, one in listed.items()} == image.packages
    # All come from lists that are kept for the build, so apt knows each one's archive.
    assert [name for name, one in listed.items() if not one.get("hashes")] == []


def test_the_same_inputs_give_the_same_packages(
    image: BuiltImage, folder: Path, tmp_path: Path
) -> None:
    """From the same mirror's lists the tree is made anew, and the bill differs in its time only."""
    (base,) = folder.glob("base-*")
    copy_tree(base, tmp_path / base.name)
    again = build([ROLE], Judged(tmp_path).judge(), tmp_path, lambda _: None)[0]
    first, second = manifest(image), manifest(again)
    assert not again.cached
    assert "bookworm" in {one["codename"] for one in first["mirror"]}
    same = ("digest", "recipe", "checks", "package_set", "judged_by", "mirror", "packages")
    assert {name: first[name] for name in same} == {name: second[name] for name in same}
    assert timeless(image) == timeless(again)


def manifest(image: BuiltImage) -> dict[str, Any]:
    content = json.loads((image.rootfs.parent / MANIFEST).read_text())
    assert isinstance(content, dict)
    return content


def timeless(image: BuiltImage) -> dict[str, Any]:
    bill = json.loads((image.rootfs.parent / SBOM).read_text())
    assert isinstance(bill, dict)
    del bill["metadata"]["timestamp"]
    return bill


def test_a_second_build_comes_from_the_cache(
    image: BuiltImage, folder: Path, judged: Judged
) -> None:
    again = build([ROLE], judged.judge(), folder, lambda _: None)[0]
    assert again.cached
    assert again.fingerprint == image.fingerprint
    assert judged.verified == [ROLE.name]


def test_an_image_that_fails_its_verification_is_not_made(
    image: BuiltImage, folder: Path, judged: Judged
) -> None:
    refusing = Judge(judged.harden, lambda _tree, _role: Scan(["root may log in"]), "refusing")
    with pytest.raises(ProvisionError) as caught:
        build([Role("test-empty", ())], refusing, folder, lambda _: None)
    assert caught.value.hint == "root may log in"
    assert list(folder.glob("test-empty-*")) == []


def test_nothing_is_mounted_and_nothing_unfinished_after_a_build(
    image: BuiltImage, folder: Path
) -> None:
    assert str(folder) not in Path("/proc/mounts").read_text()
    assert list((folder / "work").glob(f"{ROLE.name}*")) == []


def test_the_daemon_calls_the_image_by_our_fingerprint(machine: Path, image: BuiltImage) -> None:
    assert f"Fingerprint: {image.fingerprint}" in lxc("image", "info", NAME)


def test_the_machine_comes_up_whole(machine: Path) -> None:
    state = ""
    for _ in range(100):
        state = subprocess.run(
            [CLIENT, "exec", NAME, "--", "systemctl", "is-system-running"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        if state in ("running", "degraded"):
            break
        time.sleep(0.2)
    assert state == "running", inside("systemctl --failed --no-legend || true")


def test_it_has_an_identity_of_its_own(machine: Path) -> None:
    assert len(inside("cat /etc/machine-id").strip()) == 32
    assert "ssh-ed25519" in inside("cat /etc/ssh/ssh_host_ed25519_key.pub")
    assert inside("hostname").strip() == NAME


def test_the_administrator_enters_by_key_and_becomes_root(machine: Path) -> None:
    known = machine.with_name("known_hosts")
    address = ADDRESS.partition("/")[0]
    known.write_text(f"{address} {inside('cat /etc/ssh/ssh_host_ed25519_key.pub')}")
    done = subprocess.run(
        ["ssh", "-n", "-i", machine, "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes",
         "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10", f"govctl@{address}",
         "sudo -n id -u; sudo -n sshd -T | grep maxauthtries"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["0", "maxauthtries", "3"], done.stderr
