"""Hardening of hosts outside any estate: sudo that asks, a jump host, failures, an early end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from govctl.reports.hardening import SCHEMA_FILE
from tests.benchmarks import images
from tests.benchmarks.spending import GOVCTL, ROOT
from tests.live.estates import WEAKEN
from tests.live.lab import PERSON, Lab

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

CHECKS = "sshd-root-login,permissions-shadow"
OPEN = "sed -i /^PermitRootLogin/d /etc/ssh/sshd_config.d/00-aaa.conf && systemctl reload ssh"
"""What stands before our drop-in would win over it."""
ROOTS = "sshd -T | grep -i ^permitrootlogin"
SECONDS = 120


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with images.router() as image:
        made = Lab(tmp_path_factory.mktemp("lab"), image, 80)
        try:
            made.start()
            made.inside("front", OPEN)
            (made.folder / "runtime").mkdir(mode=0o700)
            secret = made.folder / "password"
            secret.touch(0o600)
            secret.write_text(f"{made.password}\n")
            yield made
        finally:
            made.remove()


@pytest.fixture(autouse=True)
def weakened(lab: Lab) -> None:
    """The same faults before each test."""
    lab.inside("inner", f"{WEAKEN} && chmod 0644 /etc/shadow")
    lab.inside("front", "chmod 0644 /etc/shadow")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def started(lab: Lab, *words: str | Path, checks: str = CHECKS) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*GOVCTL, "harden", *words, "--checks", checks,
         "--ssh-config", lab.ssh_config(), "--sudo-password-file", lab.folder / "password"],
        env={**os.environ, "GOVCTL_LANG": "en", "HOME": str(lab.folder),
             "XDG_RUNTIME_DIR": str(lab.folder / "runtime")},
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], expect: int) -> Done:
    try:
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == expect, f"{out}\n{err}"
    assert "Traceback" not in err, err
    return Done(process.returncode, out, err)


def harden(lab: Lab, *words: str | Path, expect: int = 0, checks: str = CHECKS) -> Done:
    return ended(started(lab, *words, checks=checks), expect)


def both(lab: Lab) -> tuple[str, str]:
    """One whose sudo asks, and one that is reached through it."""
    return f"ssh://{PERSON}@{lab.front4}", "ssh://inner"


def at_work(lab: Lab) -> list[str]:
    """Command lines of what a run has started and that lives yet."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(lab.folder / "runtime") in line and "ControlPersist" not in line:
                found.append(line)
    return [line for line in found if "[mux]" not in line]


def left(lab: Lab) -> list[Path]:
    """What a run has left in the account's folder."""
    return [path for path in (lab.folder / "runtime").glob("*/*") if path.is_dir()]


def test_a_plan_shows_diffs_by_check_and_changes_nothing(lab: Lab) -> None:
    front, inner = both(lab)
    document = json.loads(harden(lab, front, inner, "--plan", "--format", "json", expect=1).out)
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    hosts: dict[str, Any] = document["hardened"]
    assert document["planned"] and set(hosts) == {front, inner}
    assert {one["check"] for one in hosts[inner]["due"]} == set(CHECKS.split(","))
    changes = {change["role"]: change for change in hosts[inner]["changes"]}
    assert changes["permissions"]["state"] == "would-change"
    assert changes["permissions"]["checks"] == ["permissions-shadow"]
    diff = next(c for c in hosts[inner]["changes"] if c["files"])["files"][0]["diff"]
    assert "\n+permitrootlogin no" in diff.lower()
    assert lab.inside("inner", ROOTS).split()[1] == "yes"
    assert lab.inside("front", "stat -c %a /etc/shadow").strip() == "644"


def test_both_are_closed_and_the_password_stands_nowhere(lab: Lab) -> None:
    secret = lab.password.encode()
    process = started(lab, *both(lab), "--format", "json")
    seen = 0
    while process.poll() is None:
        places = [*Path("/proc").glob("[0-9]*/cmdline"), *Path("/proc").glob("[0-9]*/environ"),
                  *(lab.folder / "runtime").rglob("*")]  # fmt: skip
        for path in places:
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_socket():
                    assert secret not in path.read_bytes(), path
                    seen += "runtime" in path.parts
        time.sleep(0.1)
    done = ended(process, 0)
    assert seen, "the watch saw the run's folder"
    document = json.loads(done.out)
    afterwards = {one["after"] for host in document["hardened"].values() for one in host["due"]}
    assert afterwards == {"pass"}
    assert re.search(r"ssh://inner: sshd: .*: changed", done.err)
    assert lab.inside("inner", ROOTS).split()[1] == "no"
    assert lab.password not in done.out + done.err
    assert "nothing to harden" in harden(lab, *both(lab)).out
    assert left(lab) == []


def test_a_sudo_that_wants_a_terminal_gets_one(lab: Lab) -> None:
    front, inner = both(lab)
    file = "/etc/sudoers.d/zz-terminal"
    lab.inside("front", f"echo 'Defaults:{PERSON} requiretty' > {file} && visudo -cqf {file}")
    try:
        document = json.loads(harden(lab, front, inner, "--format", "json").out)
        undone = harden(lab, front, "--rollback", "last", expect=1)
    finally:
        lab.inside("front", f"rm {file}")
    hosts: dict[str, Any] = document["hardened"]
    for name in (front, inner):
        assert hosts[name]["failed"] == [] and hosts[name]["changes"]
    assert lab.inside("front", "stat -c %a /etc/shadow").strip() == "644", undone
    assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "640"


def test_a_task_that_fails_is_one_line_and_costs_no_other_host_or_theme(lab: Lab) -> None:
    front, inner = both(lab)
    lab.inside("front", "rm -f /etc/cron.allow && mkdir /etc/cron.allow")
    try:
        done = harden(lab, front, inner, expect=4, checks=f"{CHECKS},cron-allow*")
    finally:
        lab.inside("front", "rmdir /etc/cron.allow")
    failures = [line for line in done.out.splitlines() if "failed:" in line]
    assert len(failures) == 1 and front in failures[0] and "cron: Name those" in failures[0]
    assert lab.inside("front", "stat -c %a /etc/shadow").strip() == "640"
    assert lab.inside("inner", ROOTS).split()[1] == "no"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_nothing_that_the_next_does_not_sweep(
    lab: Lab, number: signal.Signals
) -> None:
    process = started(lab, *both(lab))
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Hardening"):
            break
    deadline = time.monotonic() + 30
    while not at_work(lab) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    if number == signal.SIGINT:
        assert "run the same command again" in ended(process, 4).err
        assert left(lab) == [] and at_work(lab) == []
    else:
        process.communicate(timeout=SECONDS)
    harden(lab, *both(lab))
    assert left(lab) == []
    assert lab.inside("inner", ROOTS).split()[1] == "no"


def test_hosts_are_released_when_ansible_dies_in_the_middle(lab: Lab) -> None:
    armed = "ls /var/lib/govctl/hardening/armed"
    process = started(lab, "ssh://inner")
    deadline = time.monotonic() + 60
    while not lab.inside("inner", armed, check=False):
        assert process.poll() is None and time.monotonic() < deadline
    (playbook,) = [int(pid) for pid in children(process.pid) if b"ansible-playbook" in line(pid)]
    os.kill(playbook, signal.SIGKILL)
    done = ended(process, 4)
    assert "error: Ansible stopped: it was killed in the middle of: TASK [" in done.err
    assert not lab.inside("inner", armed, check=False), done.err
    assert left(lab) == []
    harden(lab, "ssh://inner")
    assert lab.inside("inner", ROOTS).split()[1] == "no"


def children(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return " ".join(path.read_text() for path in tasks).split()


def line(pid: str) -> bytes:
    return Path("/proc", pid, "cmdline").read_bytes()
