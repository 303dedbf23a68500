"""What a machine has besides files, as it was before a run and after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from playbooks.undo import machine
from playbooks.undo.entry import Entry
from playbooks.undo.record import Change, turned
from tests.playbooks.support import PROGRAM

BEFORE = {
    "packages": {"telnet": "1", "libtelnet:amd64": "1", "bash": "1"},
    "halves": ["torn"],
    "auto": ["libtelnet"],
    "active": ["cron.service", "rpcbind.service", "session-1.scope", "user@0.service"],
    "units": ["auditd.service", "cron.service", "no-such-unit.service"],
    "sysctl": {"net/ipv4/ip_forward": "1", "kernel/x": "0"},
    "mounts": {"/tmp": "rw", "/": "rw"},
    "modules": ["usb_storage"],
    "packets": ["inet site"],
}


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ({}, {}),
        (
            {"packages": {"bash": "1"}},
            {"removed": {"libtelnet:amd64": "1", "telnet": "1"}, "auto": ["libtelnet:amd64"]},
        ),
        ({"packages": {**BEFORE["packages"], "aide": "2"}}, {"added": ["aide"]}),  # type: ignore[dict-item]
        ({"halves": ["aide", "torn"]}, {"added": ["aide"]}),
        (
            {"packages": {"bash": "1", "libtelnet:amd64": "1"}, "halves": ["telnet"]},
            {"removed": {"telnet": "1"}},
        ),
        ({"packages": {**BEFORE["packages"], "bash": "2"}}, {"upgraded": ["bash"]}),  # type: ignore[dict-item]
        ({"active": ["cron.service"]}, {"stopped": ["rpcbind.service", "session-1.scope"][:1]}),
        ({"active": [*BEFORE["active"], "auditd.service"]}, {"started": ["auditd.service"]}),
        ({"active": [*BEFORE["active"], "somebody-elses.service"]}, {}),
        ({"active": [*BEFORE["active"], "no-such-unit.service"]}, {}),
        (
            {"sysctl": {"net/ipv4/ip_forward": "0", "kernel/x": "0"}},
            {"sysctl": {"net/ipv4/ip_forward": ["1", "0"]}},
        ),
        ({"mounts": {"/tmp": "rw,nosuid", "/": "rw"}}, {"mounts": {"/tmp": ["rw", "rw,nosuid"]}}),
        ({"modules": []}, {"unloaded": ["usb_storage"]}),
        ({"packets": ["inet site", "ip own"]}, {"packets": ["ip own"]}),
    ],
)
def test_changes_of_a_machine(news: dict[str, object], expected: dict[str, object]) -> None:
    turned = ["auditd.service"] if "started" in expected else []
    assert machine.changes(BEFORE, {**BEFORE, **news}, turned) == expected


def test_units_that_only_the_next_start_begins_are_known() -> None:
    turned = {"auditd.service", "cron.service", "user@0.service"}
    assert machine.changes(BEFORE, BEFORE, turned) == {"enabled": ["auditd.service"]}
    after = {**BEFORE, "active": [*BEFORE["active"], "auditd.service"]}
    assert machine.changes(BEFORE, after, turned) == {"started": ["auditd.service"]}


def test_what_a_release_before_has_kept_of_units_is_read() -> None:
    kept = {name: part for name, part in BEFORE.items() if name != "units"}
    kept["off"] = ["auditd.service"]
    after = {**BEFORE, "active": [*BEFORE["active"], "auditd.service", "cups.service"]}
    assert machine.changes(kept, after, {"auditd.service", "cups.service"}) == {
        "started": ["auditd.service"]
    }


def test_units_that_a_run_turned_on_are_known_by_their_links() -> None:
    folder = "/etc/systemd/system"
    link = Entry("link", 0o777, 0, 0, "/lib/systemd/system/on.service")
    mask = replace(link, content="/dev/null")
    files = [
        Change(f"{folder}/multi-user.target.wants/on.service", None, link),
        Change(f"{folder}/unmasked.service", mask, None),
        Change(f"{folder}/off.service", link, None),
        Change("/etc/on.d/other.service", None, link),
        Change(f"{folder}/drop.service", None, Entry("file", 0o644, 0, 0, "0")),
    ]
    assert turned(files) == {"on.service", "unmasked.service"}


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="unshare and root are needed"
)
def test_where_forwarding_ends_or_begins_redirects_stay_as_they_are() -> None:
    """The kernel sets them anew: closing one check would open another."""
    program = """
from playbooks.hosts import sysctl
from playbooks.undo import machine

def now():
    return [open(f"/proc/sys/net/ipv4/{name}").read().strip()
            for name in ("ip_forward", "conf/all/accept_redirects")]

sysctl._set("/proc/sys/net/ipv4/ip_forward", "1")
sysctl._set("/proc/sys/net/ipv4/conf/all/accept_redirects", "0")
sysctl._apply("net.ipv4.ip_forward", "0", False)
assert now() == ["0", "0"], now()
sysctl._set("/proc/sys/net/ipv4/conf/all/accept_redirects", "1")
done, problems = machine.put_settings_back({"sysctl": {"net/ipv4/ip_forward": ["1", "0"]}})
assert (now(), problems) == (["1", "1"], []), (now(), problems)
"""
    line = ["unshare", "--net", sys.executable, "-c", program]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, cwd=PROGRAM.parents[1]
    )
    assert done.returncode == 0, done.stderr


def test_a_setting_for_all_interfaces_is_kept_of_each() -> None:
    kept = machine.look(["net.ipv4.conf.all.rp_filter", "net.ipv4.ip_forward", "no.such.key"])
    assert {"net/ipv4/conf/lo/rp_filter", "net/ipv4/ip_forward"} <= kept["sysctl"].keys()
