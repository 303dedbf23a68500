"""The inventory for plain Ansible: whatever the estate's folder is called, and from wherever."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from govctl.pipeline.harden.hardening import HardenTarget, inventory
from scanners.host.reach.address import HostAddress


def test_a_folder_with_a_blank_is_one_name_to_openssh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("tỉnh 100%")
    target = HardenTarget("web", HostAddress("192.0.2.1", "govctl"), {})
    found = inventory([target], folder / "key", folder / "known_hosts")["all"]["vars"]
    said = shlex.split(found["ansible_ssh_common_args"])
    assert f'UserKnownHostsFile="{tmp_path}/tỉnh 100%%/known_hosts"' in said
    assert found["ansible_ssh_private_key_file"] == f"{tmp_path}/{folder}/key"
