"""Machines are made, changed and removed as declared."""

from __future__ import annotations

import json
import subprocess

import pytest

from stacks import resources
from stacks.files import HostFile
from stacks.provider import sweep
from stacks.provider.targets.target import File
from tests.live.provider.case import MIB, NOTE, Case, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_machine_stands_as_declared_and_a_second_run_changes_nothing(case: Case) -> None:
    case.up(Wish(labels=(("role", "tiny"), ("site", "lab"))))
    live = case.target.instance(case.machine)
    assert live is not None and live.running
    assert (live.limits.memory, live.limits.processes) == (64 * MIB, 100)
    assert live.tags["label.site"] == "lab"
    assert case.bench.outputs()["host_key"].startswith("ssh-ed25519 ")
    assert case.run("stat -c '%a %u' /etc/govctl/note").split() == ["640", "0"]
    assert case.text("/log") is None, "commands belong to changes, not to the first start"
    same = case.up(Wish(labels=(("role", "tiny"), ("site", "lab"))))
    assert set(same) == {"same"}


def test_containers_cannot_become_root_of_the_host(case: Case) -> None:
    case.up()
    first_id = case.run("head -n1 /proc/self/uid_map").split()[1]
    assert int(first_id) >= 100000
    shown = subprocess.run(
        ["lxc", "query", f"/1.0/instances/{case.machine}"],
        check=True, capture_output=True, timeout=20,
    )  # fmt: skip
    settings = json.loads(shown.stdout)["config"]
    assert settings["security.idmap.isolated"] == "true"
    assert settings["security.nesting"] == settings["security.privileged"] == "false"
    assert settings["raw.lxc"] == "lxc.apparmor.profile=unconfined"


def test_a_bridge_without_addresses_gives_the_host_no_part_in_the_zone(case: Case) -> None:
    case.up()
    shown = subprocess.run(
        ["ip", "-brief", "address", "show", "dev", case.bridge],
        check=True, capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert shown.stdout.split()[2:] == []


def test_files_change_in_place_and_their_commands_run_once_each(case: Case) -> None:
    case.up()
    key = case.bench.outputs()["host_key"]
    second = HostFile("/etc/govctl/second", "2\n", apply=NOTE.apply)
    changed = (HostFile(NOTE.path, "next\n", 0o600, apply=NOTE.apply), second)
    program = case.program(Wish(files=changed))
    assert case.bench.changed_properties(program)["one"] == [
        "update",
        "files[0].content",
        "files[0].mode",
        "files[1]",
    ]
    assert case.bench.up(program) == {"same": 4, "update": 1}
    assert case.text("/etc/govctl/note") == "next\n"
    assert case.text("/log") == "applied\n"
    assert case.bench.outputs()["host_key"] == key
    assert case.up(Wish(files=(second,))) == {"same": 4, "update": 1}
    assert case.text("/etc/govctl/note") is None


def test_limits_legs_and_labels_change_while_the_machine_runs(case: Case) -> None:
    case.up()
    started = case.run("stat -c %Y /proc/1")
    larger = resources.InstanceLimits(memory=96 * MIB, cpu=2, disk=300 * MIB, processes=200)
    program = case.program(Wish(limits=larger, legs=3, labels=(("site", "lab"),)))
    assert case.bench.up(program) == {"same": 4, "update": 1}
    assert sorted(case.run("ls /sys/class/net").split()) == ["eth0", "eth1", "eth2", "lo"]
    live = case.target.instance(case.machine)
    assert live is not None and live.limits.processes == 200
    assert case.up(Wish(legs=1)) == {"same": 4, "update": 1}
    assert sorted(case.run("ls /sys/class/net").split()) == ["eth0", "lo"]
    assert case.run("stat -c %Y /proc/1") == started


def test_a_newer_image_leaves_the_machine_as_it_is_until_a_person_wants_it_anew(case: Case) -> None:
    case.up()
    key = case.bench.outputs()["host_key"]
    program = case.program(Wish(digest="1" * 64))
    assert case.bench.changed_properties(program)["image"][0] == "create-replacement"
    # Both digests name the same bytes here, so that only the image's entry is made anew.
    case.bench.up(program)
    assert case.target.image(f"govctl-tiny-{case.estate}-{'1' * 12}") is not None
    assert case.target.image(f"govctl-tiny-{case.estate}-{'0' * 12}") is None
    assert case.bench.outputs()["host_key"] == key
    assert case.bench.drift() == {}
    (machine,) = (r["urn"] for r in case.bench.resources() if r["type"] == resources.INSTANCE)
    case.bench.up(program, replace=[machine])
    assert case.bench.outputs()["host_key"] != key


def test_another_role_is_another_machine(case: Case) -> None:
    case.up()
    key = case.bench.outputs()["host_key"]
    case.up(Wish(role="other"))
    assert case.bench.outputs()["host_key"] != key


def test_a_stopped_machine_can_be_declared(case: Case) -> None:
    case.up()
    assert case.up(Wish(stopped=True)) == {"same": 4, "update": 1}
    live = case.target.instance(case.machine)
    assert live is not None and not live.running


def test_destroy_leaves_nothing(case: Case) -> None:
    case.up()
    case.bench.stack().destroy()
    assert sweep.marked(case.target, case.estate) == ()
    assert case.target.instance(case.machine) is None
    assert case.target.network(case.bridge) is None


def test_files_of_a_machine_are_written_with_their_folders(case: Case) -> None:
    case.up()
    case.target.write_file(case.machine, "/a/b/c", File("năm".encode(), 0o600, 7, 8))
    assert case.target.read_file(case.machine, "/a/b/c") == File("năm".encode(), 0o600, 7, 8)
    assert case.target.read_file(case.machine, "/a/b") is None
    case.target.delete_file(case.machine, "/a/b/c")
    case.target.delete_file(case.machine, "/a/b/c")
    assert case.target.read_file(case.machine, "/a/b/c") is None
