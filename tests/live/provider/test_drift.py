"""What hands have changed is seen, and put right."""

from __future__ import annotations

import subprocess

import pytest

from stacks.files import HostFile
from tests.live.provider.case import Case, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_files_changed_by_hand_are_drift_and_are_put_right(case: Case) -> None:
    paths = [f"/etc/govctl/{name}" for name in ("edited", "gone", "opened", "kept")]
    program = case.program(Wish(files=tuple(HostFile(path, "as made\n", 0o640) for path in paths)))
    case.bench.up(program)
    case.run("cd /etc/govctl; echo by hand > edited; rm gone; chmod 0666 opened")
    seen = ["update", "files[0].content", "files[1]", "files[2].mode"]
    assert case.bench.drift() == {"one": seen}
    case.bench.up(program, refresh=True)
    assert case.run("cd /etc/govctl; cat *; stat -c %a *").split("\n") == [
        *["as made"] * 4,
        *["640"] * 4,
        "",
    ]
    assert case.bench.drift() == {}


def test_a_file_that_a_machine_does_not_follow_is_drift_and_is_applied(case: Case) -> None:
    file = HostFile(
        "/etc/rules", "x\n", apply=("cp /etc/rules /loaded",), followed="cmp /etc/rules /loaded"
    )
    program = case.program(Wish(files=(file,)))
    case.bench.up(program)
    assert case.bench.drift() == {"one": ["update", "files[0].followed"]}
    case.bench.up(program, refresh=True)
    assert case.text("/loaded") == "x\n"
    assert case.bench.drift() == {}


def test_a_machine_changed_by_hand_is_drift_and_is_put_right(case: Case) -> None:
    case.up(Wish(legs=2))
    for words in (
        ["stop", "--force", case.machine],
        ["config", "set", case.machine, "limits.memory", "128MiB"],
        ["config", "unset", case.machine, "limits.processes"],
        ["config", "set", case.machine, "security.nesting", "true"],
        ["config", "device", "remove", case.machine, "eth1"],
        ["config", "device", "add", case.machine, "door", "disk", "source=/tmp", "path=/door"],
    ):
        subprocess.run(["lxc", *words], check=True, timeout=60, stdout=subprocess.DEVNULL)
    found = case.bench.drift()["one"]
    assert found == ["update", "limits.memory", "limits.processes", "nics[1]", "options", "state"]
    case.bench.up(case.program(Wish(legs=2)), refresh=True)
    assert case.bench.drift() == {}
    live = case.target.instance(case.machine)
    assert live is not None and live.running and not live.options and len(live.nics) == 2


def test_a_machine_deleted_by_hand_is_made_again(case: Case) -> None:
    case.up()
    case.target.stop(case.machine, 0)
    case.target.delete_instance(case.machine)
    assert case.bench.drift()["one"][0] == "delete"
    case.bench.up(refresh=True)
    assert case.target.instance(case.machine) is not None
