"""The inventory for plain Ansible: whatever the estate's folder is called, and from wherever."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from govctl.pipeline.harden.hardening import HardenTarget
from govctl.pipeline.harden.inventory import inventory
from scanners.host.reach.address import HostAddress


def test_a_folder_with_a_blank_is_one_name_to_openssh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("tỉnh 100%")
    target = HardenTarget("web", HostAddress("192.0.2.1", "govctl"), {})
    found = inventory({"portal-web": [target]}, folder / "key", folder / "known_hosts")["all"][
        "vars"
    ]
    said = shlex.split(found["ansible_ssh_common_args"])
    assert f'UserKnownHostsFile="{tmp_path}/tỉnh 100%%/known_hosts"' in said
    assert found["ansible_ssh_private_key_file"] == f"{tmp_path}/{folder}/key"


def test_machines_of_one_role_share_their_rows_unless_they_differ(tmp_path: Path) -> None:
    """Thousands of machines would repeat a hundred rows each."""
    one, other = {"sshd": [{"id": "a"}]}, {"sshd": [{"id": "b"}]}
    targets = [
        HardenTarget(name, HostAddress(f"192.0.2.{number}", "govctl"), rows)
        for number, (name, rows) in enumerate({"w1": one, "w2": other, "w3": {**one}}.items(), 1)
    ]
    groups = inventory({"portal-web": targets}, tmp_path, tmp_path)["all"]["children"]
    assert {name: (list(group["hosts"]), group["vars"]) for name, group in groups.items()} == {
        "portal_web": (["w1", "w3"], {"govctl_checks": one}),
        "portal_web_2": (["w2"], {"govctl_checks": other}),
    }
