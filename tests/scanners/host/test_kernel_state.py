from __future__ import annotations

import subprocess

import pytest

from scanners.host.facts import apparmor, coredump, hardware, selinux
from scanners.host.facts.apparmor import AppArmor
from scanners.host.facts.coredump import Coredump
from scanners.host.facts.hardware import Disk, Hardware, Radio
from scanners.host.facts.selinux import Selinux
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw

APPARMOR = """\
enabled Y
readable
profile /usr/lib/cups/backend/cups-pdf (enforce)
profile snap.lxd.lxc (complain)
profile /usr/sbin/cups-browsed (enforce)
profile a (b) (unconfined)
exe /proc/1 /usr/lib/systemd/systemd
exe /proc/2 \n\
exe /proc/77 /usr/sbin/cups-browsed
exe /proc/78 /opt/with blank
label /proc/1/attr/current:unconfined
label /proc/77/attr/current:unconfined
label /proc/78/attr/current:snap.lxd.lxc (complain)
"""


def test_apparmor_of_a_running_kernel() -> None:
    fact = apparmor.SOURCE.parse(raw({}, {"apparmor": APPARMOR}))
    assert isinstance(fact, AppArmor)
    assert fact.profiles == {
        "/usr/lib/cups/backend/cups-pdf": "enforce", "snap.lxd.lxc": "complain",
        "/usr/sbin/cups-browsed": "enforce", "a (b)": "unconfined",
    }  # fmt: skip
    assert fact.unconfined == ("/usr/sbin/cups-browsed",)


def test_apparmor_that_is_on_and_cannot_be_looked_into_is_no_fact() -> None:
    assert isinstance(apparmor.SOURCE.parse(raw({}, {"apparmor": "enabled Y\n"})), Missing)
    assert isinstance(apparmor.SOURCE.parse(raw({}, {"apparmor": "\x1b[2J"})), Missing)
    assert isinstance(apparmor.SOURCE.parse(raw({})), Missing)
    off = apparmor.SOURCE.parse(raw({}, {"apparmor": "enabled \n"}))
    assert isinstance(off, AppArmor)
    assert not off.enabled


def test_hardware() -> None:
    said = (
        "architecture amd64\nlm 1\ndisk sda 1 1\ndisk nvme0n1 0 0\nradio wlan0 0x1003 -00,01,\n"
        "radio wlan1 0x1002 -\n"
    )
    assert hardware.SOURCE.parse(raw({}, {"hardware": said})) == Hardware(
        "amd64", True, (Disk("sda", True, True), Disk("nvme0n1", False, False)),
        (Radio("wlan0", True, False), Radio("wlan1", False, False)),
    )  # fmt: skip
    assert isinstance(hardware.SOURCE.parse(raw({}, {"hardware": "garbage"})), Missing)
    assert isinstance(hardware.SOURCE.parse(raw({}, {"hardware": output("", 124)})), Missing)


@pytest.mark.parametrize("module", [apparmor, hardware, selinux])
def test_commands_are_whole_shell_programs(module: object) -> None:
    for command in module.SOURCE.commands:  # type: ignore[attr-defined]
        subprocess.run(["sh", "-n", "-c", command.line], check=True)


@pytest.mark.parametrize(
    ("said", "state"), [("1", "enforcing"), ("0\n", "permissive"), ("", "disabled")]
)
def test_selinux(said: str, state: str) -> None:
    config = "# SELINUX= can take one of these\nSELINUX=Permissive \nSELINUXTYPE=default\n"
    fact = selinux.SOURCE.parse(raw({"/etc/selinux/config": config}, {"selinux": said}))
    assert fact == Selinux(state, "permissive", "default")


def test_coredump_takes_the_main_file_and_drop_ins_by_name() -> None:
    mask = file("/etc/systemd/coredump.conf.d/20-x.conf", None, kind="link", target="/dev/null")
    fact = coredump.SOURCE.parse(raw({
        "/usr/lib/systemd/coredump.conf": "[Coredump]\nStorage=none\n",
        "/etc/systemd/coredump.conf": "[Coredump]\nCompress=no\n",
        "/usr/lib/systemd/coredump.conf.d/20-x.conf": "[Coredump]\nStorage=none\n",
        mask.path: mask,
        "/usr/lib/systemd/coredump.conf.d/10-x.conf": "[Coredump]\nProcessSizeMax=0\n",
    }))  # fmt: skip
    assert isinstance(fact, Coredump)
    assert fact.settings["storage"] == "external"
    assert fact.settings["processsizemax"] == "0"
