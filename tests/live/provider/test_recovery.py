"""What a killed or failed run leaves is taken up; what is not ours is left alone."""

from __future__ import annotations

import subprocess

import pytest
from pulumi import automation

from stacks.files import HostFile
from stacks.provider import sweep
from tests.live.provider.case import NOTE, Case, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_lost_state_is_no_loss_the_same_objects_are_taken_up(case: Case) -> None:
    case.up()
    key = case.bench.outputs()["host_key"]
    before = sweep.marked(case.target, case.estate)
    case.run("rm /etc/govctl/note")
    case.target.stop(case.machine, 0)
    case.bench.lose_state()
    assert case.up()["create"] == 5
    assert case.bench.outputs()["host_key"] == key
    assert sweep.marked(case.target, case.estate) == before
    assert case.text("/etc/govctl/note") == "first\n"


def test_what_somebody_else_made_is_refused_and_left_alone(case: Case) -> None:
    case.up(Wish(stopped=True))
    subprocess.run(
        ["lxc", "config", "unset", case.machine, "user.govctl.estate"], check=True, timeout=60
    )
    case.bench.lose_state()
    with pytest.raises(automation.CommandError, match="was not made by govctl; rename or remove"):
        case.up()
    live = case.target.instance(case.machine)
    assert live is not None and not live.running


def test_errors_are_sentences_without_a_traceback(case: Case) -> None:
    refused = case.program(Wish(files=(HostFile("/etc/govctl/note", "x\n", apply=("exit 3",)),)))
    case.up()
    with pytest.raises(automation.CommandError) as failure:
        case.bench.up(refused)
    assert "`exit 3` failed on" in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert "server.py" not in str(failure.value)


def test_a_command_that_failed_is_run_again_by_the_next_run(case: Case) -> None:
    case.up()
    note = HostFile(NOTE.path, "x\n", apply=("test -f /ready && echo done > /log",))
    with pytest.raises(automation.CommandError):
        case.up(Wish(files=(note,)))
    case.run("touch /ready")
    case.up(Wish(files=(note,)))
    assert case.text("/log") == "done\n"


def test_a_machine_that_is_not_ready_in_time_is_kept_in_the_state_and_finished_later(
    case: Case,
) -> None:
    broken = HostFile("/sbin/init", "#!/bin/sh\nsleep 600\n", 0o755)
    with pytest.raises(automation.CommandError, match="did not make /etc/ssh"):
        case.up(Wish(files=(broken,), patience="3s"))
    assert case.machine in {resource.get("id") for resource in case.bench.resources()}
    case.run("echo ssh-ed25519 late > /etc/ssh/ssh_host_ed25519_key.pub")
    case.up(Wish(files=(broken,)))
    assert case.bench.outputs()["host_key"] == "ssh-ed25519 late"


def test_a_machine_is_imported_only_on_purpose(case: Case) -> None:
    case.up()
    for mark in ("estate", "urn"):
        subprocess.run(
            ["lxc", "config", "unset", case.machine, f"user.govctl.{mark}"], check=True, timeout=60
        )
    case.bench.lose_state()
    assert case.up(Wish(imported=True)) == {"create": 4, "import": 1}
    live = case.target.instance(case.machine)
    assert live is not None and "estate" not in live.tags, "an import alone changes nothing"
    case.up(Wish(labels=(("site", "lab"),)))
    assert case.target.instance(case.machine).tags["estate"] == case.estate  # type: ignore[union-attr]


def test_sweep_lists_and_deletes_what_carries_the_mark_and_nothing_else(case: Case) -> None:
    case.up()
    found = sweep.marked(case.target, case.estate)
    assert [(item.kind, item.urn.rsplit("::", 1)[-1]) for item in found] == [
        ("instance", "one"),
        ("network", "lab"),
        ("image", "image"),
    ]
    others = {item.name for item in case.target.instances()} - {case.machine}
    sweep.delete(case.target, case.estate, found)
    assert sweep.marked(case.target, case.estate) == ()
    assert others <= {item.name for item in case.target.instances()}
