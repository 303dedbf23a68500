from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.host.asked import NotAsked
from scanners.host.facts.software import (
    LISTENERS,
    PACKAGES,
    UNITS,
    Listener,
    Listeners,
    Packages,
    Unit,
    Units,
    tree_has,
    units_named,
)
from scanners.host.formats import apt_conf
from scanners.host.model import File, Missing
from tests.scanners.host.raws import file, output, raw, recorded

DPKG = (
    b"install ok installed\tbash\t5.2.15-2+b13\nhold ok installed\tsudo\t1.9\n"
    b"deinstall ok config-files\ttelnetd\t0.17\n"
)
STATUS = """Package: bash
Status: install ok installed
Version: 5.2.15-2+b13
Description: GNU Bourne Again SHell
 Status: not a field

Package: telnetd
Status: deinstall ok config-files
Version: 0.17

Package: sudo
Status: hold ok installed
Version: 1.9
"""


def test_packages_by_dpkg_and_by_its_status_file_are_the_same() -> None:
    live = PACKAGES.parse(raw({}, {"dpkg": DPKG, "apt": recorded("apt.txt")}))
    tree = PACKAGES.parse(raw({"/var/lib/dpkg/status": STATUS}))
    assert isinstance(live, Packages)
    assert isinstance(tree, Packages)
    assert live.versions == tree.versions == {"bash": "5.2.15-2+b13", "sudo": "1.9"}


def test_apt_config_dump_of_a_real_host() -> None:
    settings = apt_conf.parse_dump(recorded("apt.txt").decode())
    assert settings["APT::Install-Recommends"] == ("1",)
    assert settings["APT::NeverAutoRemove"][0] == "^firmware-linux.*"
    assert settings["APT::Periodic::Unattended-Upgrade"] == ("1",)


def test_apt_files_the_last_scalar_wins_and_lists_grow() -> None:
    first = 'APT::Periodic { Unattended-Upgrade "0"; }; // no\nA::Pattern {\n "a"; /* x */ "b";\n};'
    second = 'apt::periodic::unattended-upgrade "1";\n#clear x;\nA::Pattern:: "c";'
    assert apt_conf.merge([first, second]) == {
        "APT::Periodic::Unattended-Upgrade": ("1",),
        "A::Pattern": ("a", "b", "c"),
    }


def test_apt_files_clear_what_came_before() -> None:
    first = 'A::B "1";\nA::B::C "2";\nA::Bc "3";\nA::B:: "4";\nD "5";\n'
    assert apt_conf.merge([first, "#clear a::b;\n#clearly D\nA::B:: \"6\";\n"]) == {
        "A::Bc": ("3",), "D": ("5",), "A::B": ("6",),
    }  # fmt: skip


@pytest.mark.parametrize(
    "said", [output(b"", 127), output(DPKG, 124), output(b"\0\xff"), output(b"")]
)
def test_packages_of_garbage_are_no_fact(said: object) -> None:
    answers = {"dpkg": said, "apt": b""}
    assert isinstance(PACKAGES.parse(raw({}, answers)), Missing)  # type: ignore[arg-type]


def test_units_of_a_real_host() -> None:
    answers = {"unit-files": recorded("unit-files.txt"), "units": recorded("units.txt")}
    fact = UNITS.parse(raw({}, answers))
    assert isinstance(fact, Units)
    assert fact.units["ssh.service"] == Unit("ssh.service", "enabled", "active", "running")
    assert fact.units["rcS.service"] == Unit("rcS.service", "masked", "inactive", "dead")
    assert fact.units["sshd.service"].enabled == "alias"
    assert fact.units["getty@tty1.service"].enabled == "enabled"


def test_of_some_units_only_those_are_known_and_no_other_is_taken_for_absent() -> None:
    source = units_named(("ssh.service", "cups.service", "sssd-*.socket", "getty@tty1.service"))
    listed = b"""\
basic.target static -
getty@.service enabled enabled
ssh.service disabled enabled
"""
    running = b"""\
basic.target loaded active active Basic System
getty@tty1.service loaded active running Getty on tty1
"""
    answers = {"unit-files": output(listed), "units": output(running)}
    lines = {one.name: one.line for one in source.commands}
    fact = source.parse(raw({}, {n: replace(one, line=lines[n]) for n, one in answers.items()}))
    assert isinstance(fact, Units)
    assert "getty@.service" in lines["unit-files"], "an instance has its template's state"
    assert fact.units["ssh.service"] == Unit("ssh.service", "disabled", "inactive", "dead")
    assert fact.units["getty@tty1.service"].enabled == "enabled"
    assert "cups.service" not in fact.units and "sssd-pam.socket" not in fact.units
    assert fact.units.get("sssd-nss.socket") is None
    for name in ("bluetooth.service", "ssh.socket", "*", ""):
        with pytest.raises(NotAsked):
            fact.units.get(name)


INSTALL = "[Unit]\n[Install]\nWantedBy=multi-user.target\n"


def test_units_of_a_tree() -> None:
    etc, lib = "/etc/systemd/system", "/usr/lib/systemd/system"
    wants = f"{etc}/multi-user.target.wants/on.service"
    fact = UNITS.parse(raw({
        f"{lib}/on.service": INSTALL,
        f"{lib}/off.service": INSTALL,
        f"{lib}/plain.service": "[Service]\nWantedBy=x\n",
        f"{lib}/gone.service": INSTALL,
        f"{lib}/empty.service": INSTALL,
        f"{lib}/also.service": "[Install]\nAlso=on.service\n",
        f"{lib}/getty@.service": INSTALL,
        f"{etc}/gone.service": file(f"{etc}/gone.service", None, kind="link", target="/dev/null"),
        f"{etc}/empty.service": "",
        f"{etc}/other.service": file(
            f"{etc}/other.service", INSTALL, kind="link", target=f"{lib}/on.service"),
        wants: file(wants, INSTALL, kind="link", target=f"{lib}/on.service"),
        f"{etc}/getty.target.wants/getty@tty1.service": file(
            f"{etc}/getty.target.wants/getty@tty1.service", INSTALL, kind="link",
            target=f"{lib}/getty@.service"),
    }))  # fmt: skip
    assert isinstance(fact, Units)
    assert {name: unit.enabled for name, unit in fact.units.items()} == {
        "on.service": "enabled", "off.service": "disabled", "plain.service": "static",
        "gone.service": "masked", "empty.service": "masked", "also.service": "indirect",
        "getty@.service": "enabled", "other.service": "alias",
    }  # fmt: skip


def _link(path: str, target: str, content: str | None = INSTALL) -> File:
    return file(path, content, kind="link", target=target)


def test_init_scripts_that_start_are_services_too() -> None:
    start, stop = "/etc/rc3.d/S01slapd", "/etc/rc5.d/K01slapd"
    mask = "/etc/systemd/system/nis.service"
    lib = "/usr/lib/systemd/system"
    fact = UNITS.parse(raw({
        f"{lib}/ssh.service": INSTALL, "/etc/init.d/ssh": "#!/bin/sh", "/etc/init.d/slapd": "",
        "/etc/init.d/tftpd-hpa": "", "/etc/init.d/nis": "",
        "/etc/rc2.d/S01ssh": _link("/etc/rc2.d/S01ssh", "../init.d/ssh"),
        start: _link(start, "../init.d/slapd"), stop: _link(stop, "../init.d/slapd"),
        "/etc/rc2.d/S01nis": _link("/etc/rc2.d/S01nis", "../init.d/nis"),
        mask: _link(mask, "/dev/null", None),
    }))  # fmt: skip
    assert isinstance(fact, Units)
    assert {name: unit.enabled for name, unit in fact.units.items()} == {
        "ssh.service": "disabled", "slapd.service": "generated", "tftpd-hpa.service": "disabled",
        "nis.service": "masked",
    }  # fmt: skip


def test_a_backup_of_etc_knows_what_its_links_start() -> None:
    etc = "/etc/systemd/system"
    wants, mask = f"{etc}/multi-user.target.wants/nginx.service", f"{etc}/cups.service"
    fact = UNITS.parse(raw({wants: _link(wants, "/lib/systemd/system/nginx.service", None),
                            mask: _link(mask, "/dev/null", None)}))  # fmt: skip
    assert isinstance(fact, Units)
    assert {name: unit.enabled for name, unit in fact.units.items()} == {
        "nginx.service": "enabled", "cups.service": "masked"}  # fmt: skip
    assert not fact.whole


@pytest.mark.parametrize(
    ("status", "there"),
    [("install ok installed", True), ("deinstall ok installed", True),
     ("install ok triggers-pending", True), ("hold ok installed", True),
     ("deinstall ok config-files", False), ("purge ok not-installed", False),
     ("install ok half-installed", False)],
)  # fmt: skip
def test_states_of_packages(status: str, there: bool) -> None:
    text = (f"Package: bash\nStatus: install ok installed\nVersion: 5\n\n"
            f"Package: x\nStatus: {status}\nVersion: 1\n")  # fmt: skip
    files = raw({"/var/lib/dpkg/status": text})
    fact = PACKAGES.parse(files)
    assert isinstance(fact, Packages)
    assert ("x" in fact.versions) is there
    assert tree_has(files, "x") is there
    assert tree_has(files, "bash") is True
    assert tree_has(raw({}), "bash") is None


def test_sockets_of_a_real_host() -> None:
    more = (
        b'udp   UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=1,fd=2))\n'
        b"tcp   LISTEN 0 511 *:80 *:*\n"
    )
    fact = LISTENERS.parse(raw({}, {"sockets": recorded("ss.txt") + more}))
    assert fact == Listeners((
        Listener("udp", "127.0.0.1", 323, "chronyd"),
        Listener("udp", "0.0.0.0", 11123, "chronyd"),
        Listener("udp", "::1", 323, "chronyd"),
        Listener("tcp", "0.0.0.0", 22, "sshd"),
        Listener("tcp", "::", 22, "sshd"),
        Listener("udp", "127.0.0.53", 53, "systemd-resolve"),
        Listener("tcp", "*", 80, None),
    ))  # fmt: skip


def test_sockets_need_a_running_system_and_a_whole_answer() -> None:
    assert isinstance(LISTENERS.parse(raw({})), Missing)
    assert isinstance(LISTENERS.parse(raw({}, {"sockets": b"\x1b[2Jtcp nonsense"})), Missing)
