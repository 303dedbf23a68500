"""What Ansible's OpenSSH is told is what a scan does; OpenSSH itself says how it reads it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from govctl.pipeline.harden.ansible_ways import AnsibleWays, alias_of
from scanners.host.reach.address import HostAddress, LocalHost

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE6dcxv2nJbD3ewLCRoUGIV3YcMSJwB7LeH3oIGkoxIO"
PLAIN = HostAddress("192.0.2.10", "admin", port=2222, connect_timeout=7)


def read_by_openssh(folder: Path, place: HostAddress) -> dict[str, list[str]]:
    """The settings of `web`, by keyword, as `ssh -G` prints them."""
    ways = AnsibleWays(folder)
    ways.variables("web", place)
    ways.write()
    done = subprocess.run(
        ["ssh", "-G", "-F", str(ways.config), "web"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        word, _blank, rest = line.partition(" ")
        found.setdefault(word, []).append(rest)
    return found


def test_address_user_port_and_patience(tmp_path: Path) -> None:
    said = read_by_openssh(tmp_path, PLAIN)
    assert said["hostname"] == ["192.0.2.10"] and said["user"] == ["admin"]
    assert said["port"] == ["2222"] and said["connecttimeout"] == ["7"]
    assert said["stricthostkeychecking"] == ["true"] and said["batchmode"] == ["yes"]
    assert said["loglevel"] == ["ERROR"]  # no banner, which is no reason of a failure
    assert said["globalknownhostsfile"] == ["none"] and said["userknownhostsfile"] == ["none"]


@pytest.mark.parametrize("name", ["plain", "with blank", "100%x", "quo'te"])
def test_paths_are_read_as_they_are(tmp_path: Path, name: str) -> None:
    key, known = tmp_path / f"{name}.key", tmp_path / f"{name}.known"
    said = read_by_openssh(tmp_path, replace(PLAIN, keys=(key,), known_hosts=(known,)))
    assert [line.strip('"').replace("%%", "%") for line in said["identityfile"]] == [str(key)]
    assert said["userknownhostsfile"][0].strip('"').replace("%%", "%") == str(known)


@pytest.mark.parametrize(("agent", "only"), [("no", ["yes"]), ("named", ["yes"]), ("all", ["no"])])
def test_the_agent_is_asked_as_a_scan_asks_it(
    tmp_path: Path, agent: Literal["no", "named", "all"], only: list[str]
) -> None:
    said = read_by_openssh(tmp_path, replace(PLAIN, agent=agent))
    assert said["identitiesonly"] == only
    assert (said.get("identityagent") == ["none"]) == (agent == "no")


def test_a_pinned_key_counts_and_no_other(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts_of_the_person"
    said = read_by_openssh(tmp_path, replace(PLAIN, host_key=KEY, known_hosts=(known,)))
    assert said["hostkeyalias"] == ["web"]
    assert said["userknownhostsfile"] == [str(tmp_path / "known_hosts")]
    assert (tmp_path / "known_hosts").read_text() == f"web {KEY}\n"


def test_a_chain_of_jump_hosts_has_its_own_settings_each(tmp_path: Path) -> None:
    first = HostAddress("192.0.2.1", "jump", keys=(tmp_path / "one",))
    second = HostAddress("192.0.2.2", "hop", port=2200, jump=first)
    folder = tmp_path / "a blank"
    folder.mkdir()
    said = read_by_openssh(folder, replace(PLAIN, jump=second))
    (command,) = said["proxycommand"]
    assert command == f"ssh -F '{folder}/ssh_config' -W [%h]:%p web.jump"
    text = (folder / "ssh_config").read_text()
    assert "Host web.jump\n  HostName 192.0.2.2\n  User hop\n  Port 2200\n" in text
    assert "Host web.jump.jump\n  HostName 192.0.2.1\n  User jump\n  Port 22\n" in text


def test_no_password_stands_in_what_is_written_or_said(tmp_path: Path) -> None:
    ways = AnsibleWays(tmp_path)
    variables = ways.variables("web", replace(PLAIN, sudo_password="hush"))
    ways.write()
    assert "hush" not in str(variables) + ways.config.read_text()
    assert ways.config.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("place", "becomes"),
    [
        (PLAIN, True),
        (replace(PLAIN, user="root"), False),
        (replace(PLAIN, sudo=False), False),
        (LocalHost(), False),
    ],
)
def test_sudo_is_used_where_a_scan_uses_it(
    tmp_path: Path, place: HostAddress | LocalHost, becomes: bool
) -> None:
    assert AnsibleWays(tmp_path).variables("web", place)["ansible_become"] is becomes


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("portal-web-1", "portal-web-1"),
        ("ssh://admin@192.0.2.10", "host-3"),
        ("ssh://[fd00::1]:22", "host-3"),
        ("-oProxyCommand=x", "host-3"),
    ],
)
def test_a_target_that_ansible_would_take_for_a_pattern_has_another_name(
    name: str, alias: str
) -> None:
    assert alias_of(name, 3) == alias
