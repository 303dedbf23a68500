"""Hardening that nobody is locked out by, and that is undone: on real machines."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import playbooks
from govctl.pipeline.reach import USER
from tests.benchmarks import images
from tests.benchmarks.spending import GOVCTL, ROOT
from tests.live.estates import WEAKEN, lxc
from tests.live.lab import Lab

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

WON = "sudo-pty,logging-journal-storage,apt-no-recommends"
CHECKS = (
    "sshd-root-login,permissions-shadow,module-udf,sysctl-ipv4-redirects-all,service-cron," + WON
)
WEAKER = (
    f"{WEAKEN}; chmod 0644 /etc/shadow; systemctl disable -q --now cron;"
    " echo 1 >/proc/sys/net/ipv4/conf/all/accept_redirects;"
    " rm -f /etc/modprobe.d/govctl.conf /etc/sysctl.d/zz-govctl.conf;"
    " cd /etc; echo 'Defaults !use_pty, insults' >sudoers.d/zz-odd; chmod 0400 sudoers.d/zz-odd;"
    " mkdir -p systemd/journald.conf.d /usr/lib/systemd/journald.conf.d;"
    " printf '[Journal]\\nStorage=none\\n' >systemd/journald.conf.d/zz-odd.conf;"
    " cp systemd/journald.conf.d/zz-odd.conf /usr/lib/systemd/journald.conf.d/zz-vendor.conf;"
    " chown 4242:4243 systemd/journald.conf.d/zz-odd.conf;"
    " echo 'APT::Install-Recommends \"1\";' >apt/apt.conf; chmod 0604 apt/apt.conf"
)
KEPT = "/var/lib/govctl/hardening"
STATE = (
    "find /etc ! -name ld.so.cache -printf '%p %M %u %g %l\\n' | sort;"
    " find /etc -type f ! -name ld.so.cache -exec sha256sum {} + | sort;"
    " systemctl list-unit-files --no-legend; dpkg-query -W; "
    "systemctl is-active cron; cat /proc/sys/net/ipv4/conf/*/accept_redirects"
)
SECONDS = 200


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with images.router() as image:
        made = Lab(tmp_path_factory.mktemp("lab"), image, 82)
        try:
            made.start()
            (made.folder / "runtime").mkdir(mode=0o700)
            yield made
        finally:
            made.remove()


@pytest.fixture(autouse=True)
def weakened(lab: Lab) -> None:
    """The same faults before each test."""
    for machine in ("front", "inner"):
        lab.inside(machine, WEAKER)


def environment(lab: Lab) -> dict[str, str]:
    runtime = str(lab.folder / "runtime")
    return {**os.environ, "GOVCTL_LANG": "en", "HOME": str(lab.folder), "XDG_RUNTIME_DIR": runtime}


def command(lab: Lab, *words: str, hosts: tuple[str, ...] = ("inner",)) -> list[str | Path]:
    places = [
        f"ssh://{host}" if host == "inner" else f"ssh://{USER}@{lab.front4}" for host in hosts
    ]
    return [*GOVCTL, "harden", *places, "--sudo", "--ssh-config", lab.ssh_config(),
            "--checks", CHECKS, "--format", "json", *words]  # fmt: skip


def harden(lab: Lab, *words: str, expect: int = 0, hosts: tuple[str, ...] = ("inner",)) -> Any:
    done = subprocess.run(
        command(lab, *words, hosts=hosts),
        env=environment(lab), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == expect, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def root_login(lab: Lab) -> str:
    return lab.inside("inner", "sshd -T | grep -i ^permitrootlogin").split()[1]


def about(lab: Lab) -> dict[str, Any]:
    """What the machine says of its newest run."""
    text = lab.inside("inner", f"cat $(ls -d {KEPT}/2*/about.json | tail -n 1)")
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_hardening_is_undone_to_the_last_mode_once_and_not_over_what_others_changed(
    lab: Lab,
) -> None:
    before = lab.inside("inner", STATE)
    hardened = harden(lab)
    assert root_login(lab) == "no"
    assert not lab.inside("inner", f"ls {KEPT}/armed", check=False)
    failing = {one["check"] for one in hardened["scan"]["results"] if one["status"] == "fail"}
    assert failing == set()  # also those that others' files had won

    lab.inside("inner", "chmod 0600 /etc/shadow")
    refused = harden(lab, "--rollback", "last", expect=4)["rollback"]["ssh://inner"]
    assert (refused["state"], refused["conflicts"]) == ("refused", ["/etc/shadow"])
    assert root_login(lab) == "no"

    undone = harden(lab, "--rollback", "last", "--force", expect=1)
    assert undone["rollback"]["ssh://inner"]["state"] == "restored"
    failing = {one["check"] for one in undone["scan"]["results"] if one["status"] == "fail"}
    assert {"sshd-root-login", "permissions-shadow", *WON.split(",")} <= failing
    assert lab.inside("inner", STATE) == before
    assert root_login(lab) == "yes"
    assert harden(lab, "--rollback", "last")["rollback"]["ssh://inner"]["state"] == "already"


def test_a_machine_that_locks_everybody_out_restores_itself(lab: Lab) -> None:
    # A configuration that sshd takes and that lets nobody in: it becomes effective by the reload
    # that the hardening itself asks for.
    block, waiting = "/etc/ssh/sshd_config.d/00-a.conf", "/root/block"
    drop_in = "/etc/systemd/system/ssh.service.d"
    lab.inside("inner", f"echo 'AllowUsers nobody' >{waiting}; mkdir -p {drop_in} && printf"
               f" '[Service]\\nExecReload=\\nExecReload=-/bin/mv {waiting} {block}\\n"
               f"ExecReload=/bin/kill -HUP $MAINPID\\n' >{drop_in}/t.conf"
               " && systemctl daemon-reload")  # fmt: skip
    try:
        document = harden(lab, expect=4)
        failed = document["hardened"]["ssh://inner"]["failed"]
        assert any("rolled back: no new login came in time" in line for line in failed), failed
        assert not lab.inside("inner", f"ls {block} {KEPT}/armed", check=False)
        assert about(lab)["timed"]
        assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "644"
    finally:
        lab.inside("inner", f"rm -rf {drop_in} {block} {waiting} &&"
                   " systemctl daemon-reload && systemctl reload ssh")  # fmt: skip
    harden(lab)
    assert root_login(lab) == "no"


def test_plain_ansible_keeps_and_proves_as_well(lab: Lab, tmp_path: Path) -> None:
    row = {"id": "permissions-shadow", "family": "files.permissions", "paths": ["/etc/shadow"]}
    rows = {"permissions": [{**row, "mode": "0640", "groups": ["root", "shadow"]}]}
    host = {"ansible_host": "inner", "ansible_ssh_common_args": f"-F {lab.ssh_config()}",
            "govctl_checks": rows, "ansible_python_interpreter": "/usr/bin/python3"}  # fmt: skip
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"inner": host}}}))
    program = shutil.which("ansible-playbook", path=str(Path(GOVCTL[0]).parent))
    assert program
    playbook = Path(playbooks.__file__).parent / "harden.yml"
    line: list[str | Path] = [program, "-i", inventory, playbook]
    for words, changed in ((["--check", "--diff"], 1), ([], 1), ([], 0)):
        done = subprocess.run([*line, *words], env=environment(lab), capture_output=True, text=True,
                              cwd=tmp_path, timeout=SECONDS, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout
        assert f"changed={changed} " in done.stdout
    assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "640"
    assert about(lab)["state"] == "kept"
    assert not lab.inside("inner", f"ls {KEPT}/armed", check=False)


def test_a_start_in_the_middle_leaves_a_whole_record_and_the_machine_restores_itself(
    lab: Lab,
) -> None:
    undo = f"python3 {KEPT}/r1/undo"
    harden(lab)
    lab.inside("inner", f"{WEAKEN}; chmod 0644 /etc/shadow")
    newest = lab.inside("inner", f"ls -d {KEPT}/2*/undo | tail -n 1").strip()
    lab.inside("inner", f"python3 {newest} begin r1 --themes sshd --risky --seconds 600")
    lab.inside("inner", "chmod 0600 /etc/shadow; sync")
    lxc("restart", "--force", lab.name("inner"))
    up = "systemctl is-active -q ssh && systemctl is-active -q govctl-rollback && echo up"
    until(lambda: bool(lab.inside("inner", up, check=False)))
    waiting = json.loads(lab.inside("inner", f"{undo} list"))
    assert waiting["armed"] == ["r1"]
    harden(lab)  # the next run's login is a new one: it goes on, and nothing waits any more
    assert not lab.inside("inner", f"ls {KEPT}/armed", check=False)
    assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "600"
    assert json.loads(lab.inside("inner", f"{undo} restore r1"))["done"] == ["/etc/shadow"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_visit_that_outlives_its_controller_is_kept_whole_and_proven_by_the_next_run(
    lab: Lab, sign: signal.Signals
) -> None:
    slow = "/etc/resolv.conf"  # nobody answers there, so that the first theme takes its time
    lab.inside("inner", f"rm -rf {KEPT} {slow}; echo nameserver {lab.inner4}9 >{slow}")
    process = subprocess.Popen(
        command(lab, "--checks", "package-aide,permissions-shadow"), env=environment(lab), cwd=ROOT,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: bool(lab.inside("inner", f"ls {KEPT}/armed", check=False)))
        visited = f"flock -n {KEPT}/2*/work true || echo yes"
        until(lambda: bool(lab.inside("inner", visited, check=False)))
        if sign is signal.SIGKILL:
            os.killpg(process.pid, sign)
        else:
            process.send_signal(sign)
        process.wait(SECONDS)
    finally:
        process.kill()
    lab.inside("inner", f"rm {slow}")
    harden(lab, expect=0)
    assert not lab.inside("inner", f"ls {KEPT}/armed", check=False)
    assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "640"
    first = lab.inside("inner", f"ls {KEPT} | head -n 1").strip()
    undone = harden(lab, "--rollback", first, "--force", expect=1)["rollback"]["ssh://inner"]
    assert "/etc/shadow" in undone["done"]
    assert lab.inside("inner", "stat -c %a /etc/shadow").strip() == "644"


def until(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.5)
