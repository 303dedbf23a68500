"""What still runs from files that are gone, and which kernel runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govctl.texts import Message
from scanners.host.collect import scan_host
from scanners.host.facts.system import System
from scanners.host.model import Missing
from scanners.host.patching.running import (
    KERNEL,
    RUNNING,
    Kernel,
    Outdated,
    Running,
    parse,
    parse_kernel,
    reboot_due,
    unit_of,
)
from scanners.host.reach.address import LocalHost
from tests.scanners.host.raws import output, raw

MAPS = """\
map 1 /usr/lib/systemd/systemd
map 40 /usr/lib/x86_64-linux-gnu/libcrypto.so.3
map 41 /usr/lib/x86_64-linux-gnu/libcrypto.so.3
map 41 /usr/sbin/sshd
map 50 /memfd:x
map 51 /dev/zero
map 52 /tmp/ffi.1
map 60 /usr/bin/web server
group 1 /init.scope
name 1 systemd
group 40 /system.slice/system-web.slice/web@1.service
name 40 web
group 41 /system.slice/ssh.service
name 41 sshd
group 60 /system.slice/web.service/worker
name 60 web
map 70 /usr/bin/ended
group 70\x20
name 70\x20
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can patch")
def test_a_program_whose_file_was_replaced_is_seen_and_one_that_was_not_is_not() -> None:
    # Not in /tmp: what lies there is taken for the output of a compiler.
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        program = Path(folder) / "old program"
        shutil.copy("/bin/sleep", program)
        shutil.copy("/bin/sleep", replacement := Path(folder) / "new")
        with (
            subprocess.Popen([program, "60"]) as replaced,
            subprocess.Popen([replacement, "60"]) as same,
        ):
            replacement.rename(program)
            facts = scan_host(LocalHost(), "here", sources=[RUNNING, KERNEL])
            replaced.kill()
            same.kill()
    running, kernel = facts.get(Running), facts.get(Kernel)
    assert isinstance(running, Running)
    files = [file for one in running.outdated for file in one.files]
    assert files.count(str(program)) == 1
    assert isinstance(kernel, Kernel)
    assert kernel.running == os.uname().release


def test_processes_are_told_by_their_units() -> None:
    running = parse(raw(outputs={"maps": MAPS}))
    assert running == Running(
        (
            Outdated("init.scope", ("systemd",), ("/usr/lib/systemd/systemd",)),
            Outdated(
                "ssh.service",
                ("sshd",),
                ("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/sbin/sshd"),
            ),
            Outdated("web.service", ("web",), ("/usr/bin/web server",)),
            Outdated("web@1.service", ("web",), ("/usr/lib/x86_64-linux-gnu/libcrypto.so.3",)),
        )
    )


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        ("/system.slice/ssh.service", "ssh.service"),
        ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
        ("/user.slice/user-0.slice/session-3.scope", "session-3.scope"),
        ("/user.slice/user-0.slice/user@0.service/app.slice/x.service", "user@0.service"),
        ("/lxc.payload.web/system.slice/ssh.service", "/lxc.payload.web/system.slice/ssh.service"),
        ("/", "/"),
        ("", "?"),
    ],
)
def test_a_control_group_names_the_unit_of_this_system(group: str, unit: str) -> None:
    assert unit_of(group) == unit


@pytest.mark.parametrize(
    ("unit", "way"),
    [
        ("nginx.service", "restart"),
        ("systemd-networkd.service", "restart"),
        ("ssh.service", "reload"),
        ("sshd.service", "reload"),
        ("init.scope", "reexec"),
        ("a b;.service", "leave"),
        ("dbus.service", "leave"),
        ("systemd-logind.service", "leave"),
        ("user@1000.service", "leave"),
        ("session-3.scope", "leave"),
        ("getty@tty1.service", "leave"),
        ("console-getty.service", "leave"),
        ("containerd.service", "leave"),
        ("/lxc.payload.web/system.slice/x.service", "leave"),
        ("?", "leave"),
    ],
)
def test_nothing_is_restarted_that_would_take_others_down(unit: str, way: str) -> None:
    assert Outdated(unit, (), ()).way == way


# Of a kernel of another flavour (rt) nobody knows whether it is the one that boots.
KERNELS = """\
running=6.1.0-21-amd64
build=#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)\x20
kernel=6.1.0-21-amd64
kernel=6.1.0-22-amd64
kernel=6.1.0-30-rt-amd64
package=6.1.90-1
"""


def system(virtualisation: str) -> System:
    return System("debian", "12", "h", None, "6.1.0-21-amd64", virtualisation)


@pytest.mark.parametrize(
    ("without", "added", "virtualisation", "said"),
    [
        ("", "", "kvm", "6.1.0-22-amd64 is installed"),
        ("kernel=6.1.0-22-amd64\n", "", "kvm", None),
        ("kernel=6.1.0-22-amd64\n", "", "none", None),
        ("kernel=6.1.0-22-amd64\npackage=6.1.90-1\n", "package=6.1.94-1\n", "kvm", "6.1.94-1"),
        ("kernel=6.1.0-22-amd64\npackage=6.1.90-1\n", "package=6.1.90-1+b1\n", "kvm", None),
        ("", "", "lxc", None),
        ("package=6.1.90-1\n", "asking=libc6 dbus \n", "lxc", "libc6, dbus"),
        ("package=6.1.90-1\n", "asking= \n", "lxc", "?"),
    ],
)
def test_a_reboot_is_due_for_a_newer_kernel_or_where_a_package_asks(
    without: str, added: str, virtualisation: str, said: str | None
) -> None:
    kept = [
        line for line in KERNELS.splitlines(keepends=True) if line not in without.splitlines(True)
    ]
    text = "".join(kept) + added
    kernel = parse_kernel(raw(outputs={"kernels": text}))
    assert isinstance(kernel, Kernel)
    due = reboot_due(kernel, system(virtualisation))
    if said is None:
        assert due is None
    else:
        assert isinstance(due, Message)
        assert said in due.render()


def test_a_machine_without_kernels_of_its_own_says_so() -> None:
    kernel = parse_kernel(raw(outputs={"kernels": "running=6.6\nbuild=#1\n"}))
    assert isinstance(kernel, Kernel)
    assert isinstance(reboot_due(kernel, system("kvm")), Missing)


@given(st.text(alphabet="mapgroune /:.=1sv\n\x1b", max_size=200))
def test_garbage_raises_nothing(text: str) -> None:
    parse(raw(outputs={"maps": text}))
    parse_kernel(raw(outputs={"kernels": text}))


@pytest.mark.parametrize("status", [77, 1, 124])
def test_what_could_not_be_read_is_missing(status: int) -> None:
    assert isinstance(parse(raw(outputs={"maps": output(MAPS, status)})), Missing)
    assert isinstance(parse_kernel(raw(outputs={"kernels": output(KERNELS, status)})), Missing)
