"""Whatever themes write and rows name is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import disks, pam_login, pam_settings, pam_stacks, pam_su
from playbooks.undo import machine, places
from playbooks.undo.places import _DOTFILE, FILES, TREES, Places, owned, places_for
from policies.catalogue import checks
from scanners.host.facts import walk


def _is_kept_whole(path: str) -> bool:
    return path.startswith(tuple(f"{tree}/" for tree in TREES)) or path in FILES


@pytest.mark.parametrize(
    "path",
    [pam_login._LOGIN, pam_login._TERMINALS, pam_login._NAMESPACES, pam_settings._QUALITY_OURS,
     pam_settings._QUALITY_ALL, pam_settings._FAILURES, pam_settings._LIMITS_OURS, pam_su._SU,
     *(f"{folder}/x" for folder in (pam_stacks._STACKS, pam_stacks._PROFILES, pam_stacks._SAVED))],
)  # fmt: skip
def test_whatever_pam_and_its_own_program_write_is_kept_whole(path: str) -> None:
    assert _is_kept_whole(path)


def test_rows_say_what_is_looked_at_besides() -> None:
    rows: list[dict[str, Any]] = [
        {"family": "files.permissions", "paths": ["/var/log/*.log"], "mode": "0640"},
        {"family": "sysctl.value", "key": "kernel.dmesg_restrict", "values": ["1"]},
        {"family": "sshd.option", "option": "banner", "values": {"equals": "/etc/issue.net"}},
    ]
    found = places_for(rows)
    assert found.globs == ("/etc/issue.net", "/var/log/*.log")
    assert (found.settings, found.walked) == (("kernel.dmesg_restrict",), ())


def test_whatever_may_be_settled_anywhere_is_kept_everywhere() -> None:
    families = {check.family for check in checks() if check.fix == "trees"}
    assert {"files.walk", "trees.logs", "trees.system"} <= families
    for family in families:
        assert "/" in places_for([{"family": family}]).walked, family


def test_the_disks_that_are_scanned_are_those_that_are_settled_and_kept() -> None:
    assert set(disks._LOCAL) == set(places._LOCAL) == set(walk.LOCAL_TYPES.split())
    assert set(disks.PRUNED) == set(walk.PRUNED)


def test_a_setting_of_every_interface_is_kept_of_each() -> None:
    row = {"family": "sysctl.interfaces", "protocol": "ipv4", "name": "rp_filter", "values": ["1"]}
    kept = machine.look(places_for([row]).settings)["sysctl"]
    names = {path.parent.name for path in Path("/proc/sys/net/ipv4/conf").glob("*/rp_filter")}
    assert kept.keys() == {f"net/ipv4/conf/{name}/rp_filter" for name in names}
    assert {"all", "default", "lo"} <= names


@pytest.mark.parametrize(
    ("name", "kept"), [(".rhosts", True), (".bashrc", True), (".bash_history", False),
                       (".lesshst", False), (".Xauthority", False), ("letter", False)],
)  # fmt: skip
def test_of_homes_what_people_set_is_kept(name: str, kept: bool) -> None:
    assert bool(_DOTFILE.search(name)) == kept


def test_homes_and_what_is_named_are_looked_at() -> None:
    found = set(owned(Places((), (), ("/etc/pass*",))))
    assert "/etc/passwd" in found
    assert "/root" in found
