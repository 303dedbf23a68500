"""Patching real machines: an old package with a running service, and a newer one to be had."""

from __future__ import annotations

import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govctl.evidence.store import Store
from tests.live.estates import LiveEstate, lxc
from tests.scanners.host.patching.mirror import Deb, publish

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

DAEMON = "/usr/lib/govctl-demo/daemon"
UNIT = f"""\
[Unit]
Description=A service that patching restarts
[Service]
ExecStart={DAEMON} infinity
[Install]
WantedBy=multi-user.target
"""
START = "#!/bin/sh\nsystemctl enable --now govctl-demo.service\n"
SLOW = "#!/bin/sh\n[ -e /root/once ] || { touch /root/once; sync; sleep 60; }\n"
"""Only the first time, so that nobody waits for it after the machine has died in it."""
MIRROR = "/srv/mirror"
MACHINE = "portal-web-1"
ONLY = ("--limit", f"machine={MACHINE}")


def demo(version: str, postinst: str = "#!/bin/sh\n") -> Deb:
    program = Path("/bin/sleep").read_bytes() + version.encode()  # other bytes, the same program
    files: dict[str, tuple[str | bytes, int]] = {
        DAEMON: (program, 0o755),
        "/usr/lib/systemd/system/govctl-demo.service": (UNIT, 0o644),
    }
    return Deb("govctl-demo", version, files=files, scripts={"postinst": postinst})


def offer(estate: LiveEstate, folder: Path, *debs: Deb) -> None:
    """Put an archive of these packages onto the machine, as its only package source."""
    mirror = folder / "mirror"
    shutil.rmtree(mirror, ignore_errors=True)
    publish(mirror, "Debian-Security", "stable-security", debs)
    shutil.rmtree(mirror / "source")
    with tarfile.open(folder / "mirror.tar", "w") as archive:
        archive.add(mirror, arcname=MIRROR.lstrip("/"))
    place = f"{estate.instance(MACHINE)}/root/mirror.tar"
    lxc("file", "push", str(folder / "mirror.tar"), place)
    line = f"deb [trusted=yes] file:{MIRROR} ./"
    estate.inside(
        MACHINE,
        f"rm -rf {MIRROR} /etc/apt/sources.list.d/* && tar -xf /root/mirror.tar -C /"
        f" && echo '{line}' >/etc/apt/sources.list",
    )


@pytest.fixture(scope="module")
def patched(province: LiveEstate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEstate]:
    """The province, with version 1.0 of a service on one of its machines."""
    folder = tmp_path_factory.mktemp("old")
    keep = "tar -cf /root/apt.tar /etc/apt"
    province.inside(MACHINE, keep)
    offer(province, folder, demo("1.0", START))
    province.inside(MACHINE, "apt-get -q update && apt-get -q -y install govctl-demo")
    yield province
    province.inside(
        MACHINE,
        "apt-get -q -y purge govctl-demo; rm -rf /etc/apt; tar -xf /root/apt.tar -C /;"
        f" rm -rf {MIRROR} /root/*.tar /root/once /root/unattended-upgr",
    )


def version(estate: LiveEstate) -> str:
    return estate.inside(MACHINE, "dpkg-query -W -f '${Version} ${db:Status-Status}' govctl-demo")


def process(estate: LiveEstate) -> str:
    return estate.inside(MACHINE, "systemctl show -p MainPID --value govctl-demo").strip()


def test_an_update_comes_in_and_its_service_takes_it_up(
    patched: LiveEstate, tmp_path: Path
) -> None:
    offer(patched, tmp_path, demo("1.1"))
    before = process(patched)
    plan = patched.govctl("patch", "--plan", "--format", "json", *ONLY, expect=1).json
    (machine,) = plan["machines"]
    assert [(one["package"], one["to"]) for one in machine["updates"]] == [("govctl-demo", "1.1")]
    assert (version(patched), process(patched)) == ("1.0 installed", before)

    done = patched.govctl("patch", "--apply", "--format", "json", *ONLY).json
    (machine,) = done["machines"]
    assert machine["patched"]["installed"] == [
        {"package": "govctl-demo", "from": "1.0", "to": "1.1"}
    ]
    assert machine["patched"]["restarted"] == ["govctl-demo.service"]
    assert version(patched) == "1.1 installed"
    assert process(patched) != before
    assert "deleted" not in patched.inside(MACHINE, f"readlink /proc/{process(patched)}/exe")

    kept: Any = Store(patched.state / "runs").document(done["run"], "patching")
    assert kept["machines"][0]["patched"]["ok"]
    assert "Setting up govctl-demo (1.1)" in kept["machines"][0]["patched"]["log"]
    again = patched.govctl("patch", "--plan", "--format", "json", *ONLY).json["machines"][0]
    assert (again["status"], again["updates"], again["restarts"]) == ("current", [], [])


def test_machines_that_reach_no_mirror_are_not_called_up_to_date(patched: LiveEstate) -> None:
    plan = patched.govctl("patch", "--plan", "--format", "json", expect=4).json
    statuses = {one["machine"]: one["status"] for one in plan["machines"]}
    others = {name: status for name, status in statuses.items() if name != MACHINE}
    assert set(others.values()) == {"not-evaluated"}
    assert all("package source" in one["reasons"][0] for one in plan["machines"]
               if one["machine"] in others)  # fmt: skip


def test_another_programs_lock_is_waited_for(patched: LiveEstate, tmp_path: Path) -> None:
    offer(patched, tmp_path, demo("1.2"))
    holder = (
        "printf '#!/usr/bin/python3\\nimport fcntl, time\\n"
        'f = open("/var/lib/dpkg/lock-frontend", "a")\\n'
        "fcntl.lockf(f, fcntl.LOCK_EX)\\ntime.sleep(8)\\n' >/root/unattended-upgr;"
        " chmod +x /root/unattended-upgr; systemd-run --quiet --collect /root/unattended-upgr;"
        " sleep 1"
    )
    patched.inside(MACHINE, holder)
    started = time.monotonic()
    done = patched.govctl("patch", "--apply", "--format", "json", *ONLY).json
    assert time.monotonic() - started > 4
    assert done["machines"][0]["patched"]["ok"]
    assert version(patched) == "1.2 installed"
    log = patched.inside(MACHINE, "cat /var/log/dpkg.log")
    assert "configure govctl-demo:all 1.2" in log


def test_a_machine_that_dies_in_the_middle_is_finished_by_the_next_run(
    patched: LiveEstate, tmp_path: Path
) -> None:
    offer(patched, tmp_path, demo("1.3", SLOW))
    with patched.start("patch", "--apply", "--format", "json", *ONLY) as running:
        deadline = time.monotonic() + 60
        while "half-configured" not in version(patched):
            assert time.monotonic() < deadline, "the update never began"
            time.sleep(0.3)
        lxc("restart", "--force", patched.instance(MACHINE))
        out, err = running.communicate(timeout=120)
    assert running.returncode == 4, out + err
    assert MACHINE in out

    patched.inside(MACHINE, "systemctl is-system-running --wait", check=False)
    plan = patched.govctl("patch", "--plan", "--format", "json", *ONLY, expect=1).json
    assert plan["machines"][0]["unfinished"] == ["govctl-demo"]
    done = patched.govctl("patch", "--apply", "--format", "json", *ONLY).json
    assert done["machines"][0]["patched"]["configured"] == ["govctl-demo"]
    assert version(patched) == "1.3 installed"
