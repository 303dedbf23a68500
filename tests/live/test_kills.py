"""Killed at any moment, the next run finishes the job: everything once, nothing left over."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from stacks.provider.naming import bridge_name
from tests.live import estates
from tests.live.estates import Done, LiveEstate

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

SEED = 14423
KILLS = 5
OFFICE = """\
    zones: [internal, conference]
    links:
      - {to: data-centre, rate: 200 Mbit/s}
    bridge points:
      - {room: hall, kind: baresip}
"""
SMALL_OFFICE = """\
    zones: [internal]
    links:
      - {to: data-centre, rate: 200 Mbit/s}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEstate]:
    """A hub with nothing but its infrastructure, and one commune without a bridge point."""
    estate = estates.write(tmp_path_factory.mktemp("small") / "estate", "t-kills", 97, 1)
    file = estate.folder / "estate.yaml"
    file.write_text(file.read_text().partition("\n  - id: conference\n")[0] + "\n")
    estate.edit(OFFICE, SMALL_OFFICE)
    try:
        yield estate
    finally:
        estate.remove()


def kill(process: subprocess.Popen[str], *, group: bool = True) -> None:
    """SIGKILL to the whole group, or to govctl alone, so that its engine is left behind."""
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def kill_after(estate: LiveEstate, seconds: float, *words: str, group: bool = True) -> bool:
    """Start a command and kill it; False if it had ended by then."""
    process = estate.start(*words)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process, group=group)
        return True
    process.communicate()
    return False


def kill_once_there(
    estate: LiveEstate, seconds: float, objects: int, *words: str, group: bool = True
) -> bool:
    """Start a command and kill it when some time is over and so many of the estate's objects are
    there; False if it had ended by then."""
    process = estate.start(*words)
    ends = time.monotonic() + estates.LONGEST
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    while process.poll() is None and time.monotonic() < ends:
        if len(estate.marked) >= objects:
            kill(process, group=group)
            return True
        time.sleep(0.1)
    process.communicate(timeout=1)
    return False


def end(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=estates.LONGEST)
    return Done(process.returncode, out, err, 0)


def wanted_objects(estate: LiveEstate) -> list[tuple[str, str]]:
    """Kind and name of every object that the description asks for; an image's name is its role."""
    described = estate.described
    return sorted(
        [("instance", estate.instance(machine.id)) for machine in described.machines]
        + [("network", bridge_name(described.id, zone.id)) for zone in described.zones]
        + [("image", role) for role in {machine.role for machine in described.machines}]
    )


def assert_everything_stands_once(estate: LiveEstate) -> None:
    marked = estate.marked
    wanted = wanted_objects(estate)
    for kind in ("instance", "network"):
        names = sorted(item.name for item in marked if item.kind == kind)
        assert names == [name for of, name in wanted if of == kind]
    images = [item for item in marked if item.kind == "image"]
    assert len(images) == len([name for kind, name in wanted if kind == "image"])
    assert len({item.urn for item in marked}) == len(marked)


def test_an_up_that_is_killed_again_and_again_is_finished_by_a_plain_one(
    small: LiveEstate,
) -> None:
    moments = random.Random(SEED)
    planning = small.govctl("plan").seconds
    everything = len(wanted_objects(small))
    seeds = set()
    for number in range(KILLS):
        # From within the planning to well into the provisioning, which goes on from run to run.
        killed = kill_once_there(
            small, planning * moments.uniform(0.2, 0.8), everything * number // KILLS,
            "up", "--yes", "--no-harden", group=number % 2 == 0,
        )  # fmt: skip
        assert killed, "every run is killed before its end"
        seed = small.state / "seed"
        seeds |= {seed.read_bytes()} if seed.exists() else set()

    small.govctl("up", "--yes")
    assert_everything_stands_once(small)
    assert seeds <= {(small.state / "seed").read_bytes()}, "a second seed was made"
    before = small.created()
    assert "nothing to change, nothing changed" in small.govctl("up", "--yes").out
    assert small.created() == before
    assert small.govctl("drift", "--format", "json").json["orphans"] == []


def test_a_scan_that_is_killed_leaves_no_run_behind(small: LiveEstate) -> None:
    runs = small.state / "runs"
    last = small.govctl("report", "--format", "json", expect=None).json["run"]["id"]
    for delay in (0.7, 1.5, 3):
        kill_after(small, delay, "scan", "--checks", "sshd-*")
        report = small.govctl("report", "--format", "json", expect=None).json
        complete = {path.parent.name for path in runs.glob("*/report.html")}
        assert report["run"]["id"] in complete and report["run"]["id"] >= last
        last = report["run"]["id"]
    small.govctl("scan", "--checks", "sshd-*")


def test_hardening_that_is_killed_is_finished_by_the_next(small: LiveEstate) -> None:
    machine = "infrastructure-dns-1"
    limit = f"--limit=machine={machine}"
    small.inside(machine, estates.WEAKEN)
    for delay in (4.0, 7.0):
        kill_after(small, delay, "harden", limit)
    small.govctl("harden", limit)
    assert small.inside(machine, "sshd -T | grep -i ^permitrootlogin").split()[1] == "no"
    assert "nothing to harden" in small.govctl("harden", limit).out
    assert list(small.state.glob("ansible-*")) == []


def test_what_a_killed_run_changed_and_did_not_tell_is_signed_with_the_next(
    small: LiveEstate,
) -> None:
    machine, file = "infrastructure-dns-1", "/etc/login.defs"
    limit = f"--limit=machine={machine}"
    small.inside(machine, f"sed -i 's/^UMASK.*/UMASK 000/' {file}; {estates.WEAKEN}")
    process = small.start("harden", limit)
    ends = time.monotonic() + estates.LONGEST
    while process.poll() is None and time.monotonic() < ends:
        if small.inside(machine, f"grep -c ^UMASK.000 {file}", check=False).strip() == "0":
            break
    kill(process)
    journal = small.state / "hardening.jsonl"
    assert process.returncode == -signal.SIGKILL and file not in journal.read_text()

    small.govctl("harden", limit, "--plan", expect=None)
    assert journal.exists(), "a plan leaves it to a run that changes something"
    before = {path.name for path in (small.state / "runs").iterdir()}
    broken_off = json.loads(journal.read_text().splitlines()[0])["run"]
    assert f"{broken_off} was broken off on: {machine}" in small.govctl("harden", limit).err
    kept = [small.kept(path.name) for path in (small.state / "runs").iterdir()
            if path.name not in before]  # fmt: skip
    (signed,) = (one["interrupted"] for one in kept if "interrupted" in one)
    said = [line for change in signed["hosts"][machine]["changes"] for line in change["said"]]
    assert signed["before"] == broken_off and file in said
    assert not journal.exists()


def test_the_second_of_two_runs_says_who_is_at_work_and_since_when(small: LiveEstate) -> None:
    first = small.start("up", "--yes")
    try:
        held = small.state / "lock"
        deadline = time.monotonic() + 30
        while f'"pid": {first.pid}' not in held.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        second = small.govctl("up", "--yes", expect=3)
        for word in ("root", f"process {first.pid}", "`up`", "since 20", "hint:"):
            assert word in second.err
        assert end(first).code == 0
    finally:
        kill(first)


def test_a_wrong_passphrase_is_one_message_and_changes_nothing(small: LiveEstate) -> None:
    before = small.created()
    wrong = small.govctl("up", "--yes", expect=2, GOVCTL_PASSPHRASE="wrong")
    assert wrong.err.count("error:") == wrong.err.count("the passphrase does not open") == 1, wrong
    assert "GOVCTL_PASSPHRASE" in wrong.err
    assert small.created() == before
    small.govctl("plan")


def test_a_destroy_that_is_killed_is_finished_by_the_next(small: LiveEstate) -> None:
    step = small.govctl("status").seconds
    assert kill_after(small, 4 * step, "destroy", "--yes")
    small.govctl("destroy", "--yes")
    assert small.marked == ()
    routes = subprocess.run(
        ["ip", "route", "show", "proto", "201", "10.97.0.0/16"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert routes.stdout == ""
    assert "nothing of t-kills stands" in small.govctl("destroy", "--yes").out
