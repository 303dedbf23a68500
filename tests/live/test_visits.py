"""Scans of real machines over SSH: as root, with sudo, through a jump host, and what is refused.

The witness is testinfra over OpenSSH, which is told the same and asked the same.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import testinfra

from govctl.errors import TargetError
from govctl.pipeline.reach import USER
from scanners.host.collect import scan_host, scan_hosts
from scanners.host.facts.software import UNITS, Unit, Units, units_named
from scanners.host.facts.system import SOURCE as SYSTEM
from scanners.host.facts.system import System
from scanners.host.model import HostFacts
from scanners.host.reach.address import HostAddress
from tests.benchmarks import images
from tests.benchmarks.spending import GOVCTL, ROOT
from tests.live.lab import FRONT4, FRONT6, INNER4, NOBODY4, PERSON, Lab

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

CHECKS = "sshd-root-login,sshd-forwarding,service-*,accounts-*"
SECONDS = 120


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with images.router() as image:
        made = Lab(tmp_path_factory.mktemp("lab"), image)
        try:
            made.start()
            yield made
        finally:
            made.remove()


def scan(
    lab: Lab, *words: str | Path, expect: int = 1, known: Path | None = None
) -> tuple[Any, str]:
    """The document of a scan, and what was said on standard error."""
    known_hosts = ("--known-hosts", known or lab.known_hosts)
    done = subprocess.run(
        [*GOVCTL, "scan", *words, "--identity", lab.key.path, *known_hosts,
         "--checks", CHECKS, "--format", "json"],
        env={**os.environ, "GOVCTL_LANG": "en", "HOME": str(lab.folder)}, cwd=ROOT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout), done.stderr


def statuses(document: Any, target: str) -> dict[str, str]:
    return {one["check"]: one["status"] for one in document["results"] if one["target"] == target}


def judged(document: Any, target: str) -> dict[str, str]:
    """The verdicts, of which none may be missing for want of a right or of an answer."""
    found = statuses(document, target)
    assert len(found) > 20
    assert not {"unreachable", "not-evaluated"} & set(found.values()), found
    return found


def witness(lab: Lab, name: str) -> Any:
    return testinfra.get_host(f"ssh://{name}", ssh_config=str(lab.ssh_config()), sudo=True)


def agrees(found: dict[str, str], host: Any) -> None:
    """What testinfra sees of the machine is what the scan says of it."""
    said = host.check_output("sshd -T").splitlines()
    assert (found["sshd-root-login"] == "pass") == ("permitrootlogin no" in said)
    assert (found["sshd-forwarding"] == "pass") == ("disableforwarding yes" in said)
    assert (found["service-cups"] == "pass") == (not host.package("cups").is_installed)


def test_root_needs_no_sudo(lab: Lab) -> None:
    target = f"ssh://root@{FRONT4}"
    document, _said = scan(lab, target)
    found = judged(document, target)
    agrees(found, witness(lab, FRONT4))
    assert found["sshd-root-login"] == "fail", "this machine lets root in"


def test_sudo_without_a_password_over_ipv6_says_the_same_as_root(lab: Lab) -> None:
    six, four = f"ssh://{USER}@[{FRONT6}]", f"ssh://root@{FRONT4}"
    document, _said = scan(lab, six, four, "--sudo")
    assert judged(document, six) == judged(document, four)


def test_without_sudo_what_only_root_may_read_is_not_judged(lab: Lab) -> None:
    target = f"ssh://{USER}@{FRONT4}"
    document, said = scan(lab, target, expect=4)
    found = statuses(document, target)
    assert found["sshd-root-login"] == "not-evaluated"
    assert "--sudo" in said


def private(path: Path, line: str) -> Path:
    path.touch(0o600)
    path.write_text(f"{line}\n")
    return path


WATCH = """\
rm -f /run/watched /run/enough
( while [ ! -e /run/enough ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; done \
  >/run/watched 2>/dev/null & ) """


def test_a_password_for_sudo_stands_on_no_command_line_and_in_no_environment(lab: Lab) -> None:
    secret = private(lab.folder / "password", lab.password)
    target = f"ssh://{PERSON}@{FRONT4}"
    lab.inside("front", WATCH)
    try:
        document, _said = scan(lab, target, "--sudo-password-file", secret)
    finally:
        lab.inside("front", "touch /run/enough")
    judged(document, target)
    seen = lab.inside("front", r"tr '\0' ' ' </run/watched")
    assert re.search(r"sudo -k -S -p [0-9a-f]+-ask sh -c", seen), "the watch saw sudo at work"
    assert lab.password not in seen
    assert lab.password not in lab.inside("front", "journalctl -q -o cat --since -10min")


def test_a_wrong_password_is_unreachable_and_tried_once(lab: Lab) -> None:
    secret = private(lab.folder / "wrong", "not-it")
    target = f"ssh://{PERSON}@{FRONT4}"
    since = lab.inside("front", "date '+%Y-%m-%d %H:%M:%S'").strip()
    document, said = scan(lab, target, "--sudo-password-file", secret, expect=4)
    assert set(statuses(document, target).values()) == {"unreachable"}
    assert "sudo" in said and "not-it" not in said
    log = lab.inside("front", f"journalctl -q -o cat -t sudo --since '{since}'")
    assert len(re.findall("authentication failure;", log)) == 1, log


def test_through_a_jump_host_and_no_other_way(lab: Lab) -> None:
    target, straight = "ssh://inner", f"ssh://{USER}@{INNER4}"
    limits = ("--sudo", "--connect-timeout", "5")
    document, _said = scan(
        lab, target, straight, *limits, "--ssh-config", lab.ssh_config(), expect=4
    )
    found = judged(document, target)
    assert set(statuses(document, straight).values()) == {"unreachable"}
    inner = witness(lab, "inner")
    assert inner.check_output("hostname") == lab.name("inner")
    agrees(found, inner)
    assert found["sshd-forwarding"] == "pass", "only the machine in front forwards"


@pytest.mark.parametrize("which", ["the target", "the jump host"])
def test_a_changed_host_key_is_refused_before_anything_is_sent(lab: Lab, which: str) -> None:
    other = lab.folder / "other"
    other.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", other], check=True, timeout=30)
    stranger = " ".join(other.with_suffix(".pub").read_text().split()[:2])
    front, inner = lab.host_keys["front"], lab.host_keys["inner"]
    if which == "the target":
        inner = stranger
    else:
        front = stranger
    known = lab.folder / "changed"
    known.write_text(f"{FRONT4} {front}\n{INNER4} {inner}\n")
    logins = "journalctl -q -o cat -t sshd | grep -c '^Accepted publickey'"
    before = lab.inside("inner", logins, check=False)
    config = ("--ssh-config", lab.ssh_config())
    document, said = scan(lab, "ssh://inner", "--sudo", *config, expect=4, known=known)
    assert set(statuses(document, "ssh://inner").values()) == {"unreachable"}
    flat = re.sub(r"\s+", " ", said)
    assert len(set(re.findall(r"SHA256:[\w+/]{43}", flat))) == 2, said
    assert lab.inside("inner", logins, check=False) == before, "nobody has logged in"


def test_dead_hosts_delay_no_living_one(lab: Lab) -> None:
    front = HostAddress(FRONT4, USER, (lab.key.path,), host_key=lab.host_keys["front"])
    arrived: list[str] = []
    with socket.create_server(("10.94.0.1", 0)) as silent:
        # Takes connections and says nothing, as a machine that hangs does.
        hung = replace(front, host="10.94.0.1", port=silent.getsockname()[1], connect_timeout=6)
        nobody = replace(front, host=NOBODY4, connect_timeout=6)
        found = scan_hosts(
            {"hung": hung, "nobody": nobody, "living": front},
            sources=[SYSTEM],
            on_done=lambda name, _facts: arrived.append(name),
        )
    assert arrived[0] == "living"
    assert isinstance(found["hung"], TargetError) and isinstance(found["nobody"], TargetError)
    living = found["living"]
    assert isinstance(living, HostFacts)
    system = living.get(System)
    assert isinstance(system, System) and system.hostname == lab.name("front")


STATES = """\
cd /etc/systemd/system
printf '[Service]\\nExecStart=/bin/true\\n' >/root/elsewhere.service
printf '[Service]\\nExecStart=/bin/sleep 999\\n[Install]\\nWantedBy=basic.target\\n' >of@.service
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nAlso=of@.service\\n' >also.service
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nAlias=other.service\\n' >named.service
systemctl -q link /root/elsewhere.service
systemctl -q enable --now of@one.service
systemctl -q enable named.service
systemctl -q mask hidden.service
systemctl -q unmask fstrim.timer
systemctl -q mask --runtime fstrim.timer
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=basic.target\\n' >off.service
systemctl daemon-reload
systemd-run -q --unit=passing sleep 999
"""
WANTED = {
    "elsewhere.service": "linked",
    "of@.service": "indirect",
    "also.service": "indirect",
    "named.service": "enabled",
    "other.service": "alias",
    "hidden.service": "masked",
    "fstrim.timer": "masked-runtime",
    "off.service": "disabled",
    "systemd-journald.service": "static",
    "ssh.service": "enabled",
    "of@one.service": "indirect",
    "passing.service": "transient",
}


def test_units_asked_for_by_name_are_what_systemd_says_of_all(lab: Lab) -> None:
    lab.inside("front", STATES)
    place = HostAddress(
        FRONT4, USER, (lab.key.path,), host_key=lab.host_keys["front"], command_timeout=60
    )
    every = scan_host(place, "front", sources=[UNITS]).get(Units)
    some = scan_host(place, "front", sources=[units_named([*WANTED, "nobody.service"])]).get(Units)
    assert isinstance(every, Units) and isinstance(some, Units)
    assert {name: some.units[name].enabled for name in WANTED} == WANTED
    assert {name: every.units[name].enabled for name in WANTED} == WANTED
    assert [some.units[name] for name in WANTED] == [every.units[name] for name in WANTED]
    assert some.units.get("nobody.service") is None
    running = Unit("of@one.service", "indirect", "active", "running", "started")
    assert some.units["of@one.service"] == running
    host = witness(lab, FRONT4)
    for name, state in WANTED.items():
        if name == "of@one.service":
            continue  # a list of files knows its template only
        assert host.run("systemctl is-enabled %s", name).stdout.strip() == state, name
