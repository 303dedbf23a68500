"""Where the kernel's controls are not due, and where nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.catalogue import checks
from policies.judge import TargetContext, judge
from scanners.host.collect import scan_tree
from scanners.host.facts.kernel_build import SOURCE as BUILD
from scanners.host.facts.mounts import Mount, Mounts
from tests.policies.cases.boot import MENU, machine
from tests.policies.hosts import CONTAINER, TREE, ask, host, sysctl
from tests.scanners.host.raws import raw

CHECKS = {check.id: check for check in checks()}
PTI = {"name": "pti", "value": "on", "machines": ["x86_64"]}


def status(check: str, *facts: object, **values: str) -> str:
    context = TargetContext(values=values)
    return judge(host(*facts), [CHECKS[check]], context)[0].status


def test_a_tree_is_judged_as_a_machine_and_a_container_is_not() -> None:
    good = machine(None, "audit=1")
    assert status("boot-audit", TREE, good) == "pass"
    assert status("boot-audit", CONTAINER, machine("audit=1", "audit=1")) == "not-applicable"


def test_an_argument_of_another_architecture_is_not_due() -> None:
    arm = machine("quiet", "quiet", uname="aarch64")
    assert ask("boot.argument", PTI, arm).status == "not-applicable"


def test_without_a_menu_the_next_boot_is_unknown_but_a_bad_present_is_not() -> None:
    good, bad = (replace(machine(word, ""), entries=(), menu=None) for word in ("pti=on", ""))
    assert ask("boot.argument", PTI, good).status == "not-evaluated"
    assert ask("boot.argument", PTI, bad).status == "fail"
    assert ask("boot.argument-absent", {"names": ["nosmap"]}, good).status == "not-evaluated"
    assert ask("boot.argument-absent", {"names": ["pti"]}, good).status == "fail"
    for family in ("boot.password", "boot.no-recovery"):
        assert ask(family, {}, good).status == "not-evaluated"


@pytest.mark.parametrize(
    ("style", "value", "given", "holds"),
    [
        ("letters", "FZP", "slub_debug=fzp", True),
        ("letters", "P", "slub_debug=P,kmalloc-64", False),
        ("letters", "P", "slub_debug=F;P,dentry", False),
        ("letters", "F", "slub_debug=F;P,dentry", True),
        ("letters", "P", "slub_debug", True),
        ("elements", "force", "slub_debug=pt,force", True),
        ("elements", "force", "slub_debug=forced", False),
        ("number", "64", "slub_debug=128", True),
        ("number", "64", "slub_debug=x", False),
        ("number", "64", "slub_debug", False),
        ("letters", "A", "slub_debug", False),
        ("boolean", "1", "slub_debug", False),
        ("boolean", "1", "slub_debug=on", True),
        ("boolean", "1", "slub_debug=off", False),
        ("word", "P", "slub_debug=p", False),
        ("word", "P", "slub_debug=F slub_debug=P", True),
        ("flag", None, "slub_debug", True),
    ],
)
def test_styles_of_arguments(style: str, value: str | None, given: str, holds: bool) -> None:
    args: dict[str, Any] = {"name": "slub_debug", "value": value, "style": style}
    verdict = ask("boot.argument", args, machine(given, given))
    assert (verdict.status == "pass") == holds


def test_a_stricter_value_of_this_run_makes_weaker_ones_fail() -> None:
    facts = (machine("l1tf=flush", "l1tf=flush"),)
    assert status("boot-l1tf", *facts) == "pass"
    assert status("boot-l1tf", *facts, var_l1tf_options="full,force") == "fail"


def build(*lines: str, version: str = "6.1.76", arch: str = "X86_64", running: str = "") -> object:
    head = f"# Linux/x86 {version} Kernel Configuration\nCONFIG_{arch}=y\n"
    files: dict[str, Any] = {"/boot/config-6.1.0-18-amd64": head + "\n".join(lines)}
    return BUILD.parse(raw(files, {"build": f"{running}\n"} if running else None))


@pytest.mark.parametrize(
    ("check", "lines", "options", "expected"),
    [
        ("kernel-build-refcount-full", (), {}, "not-applicable"),
        ("kernel-build-refcount-full", (), {"version": "4.19.0"}, "fail"),
        ("kernel-build-debug-credentials", (), {}, "fail"),
        ("kernel-build-debug-credentials", (), {"version": "6.12.9"}, "not-applicable"),
        ("kernel-build-unmap-kernel-at-el0", (), {}, "not-applicable"),
        ("kernel-build-unmap-kernel-at-el0", (), {"arch": "ARM64"}, "fail"),
        ("kernel-build-x86-pae", (), {}, "not-applicable"),
        ("kernel-build-x86-pae", (), {"arch": "X86_32"}, "fail"),
        ("kernel-build-module-sig", ("# CONFIG_MODULES is not set",), {}, "not-applicable"),
        ("kernel-build-module-sig", ("CONFIG_MODULES=y",), {}, "fail"),
        ("kernel-build-mmap-min-addr-x86", ("CONFIG_DEFAULT_MMAP_MIN_ADDR=32768",), {}, "fail"),
        (
            "kernel-build-mmap-min-addr-arm",
            ("CONFIG_DEFAULT_MMAP_MIN_ADDR=65536",),
            {},
            "not-applicable",
        ),
        ("kernel-build-bug", ("CONFIG_BUG=y",), {"running": "6.12-own"}, "not-evaluated"),
    ],
)
def test_options_that_a_kernel_cannot_have(
    check: str, lines: tuple[str, ...], options: dict[str, str], expected: str
) -> None:
    assert status(check, build(*lines, **options)) == expected


def test_an_option_that_was_not_looked_for_is_unknown() -> None:
    verdict = ask("kernel.build", {"option": "STAGING", "value": "n"}, build("CONFIG_BUG=y"))
    assert verdict.status == "not-evaluated"


ALL = frozenset({"nodev", "nosuid", "noexec", "rw"})
SHM = Mount("/dev/shm", "shm", "tmpfs", ALL)


def test_options_of_what_is_no_mount_are_not_due() -> None:
    root = Mount("/", "/dev/vda1", "ext4", frozenset({"rw"}), "254:1")
    assert status("mounts-home-nodev", Mounts((root,), ())) == "not-applicable"
    assert status("mounts-home-nodev", Mounts(None, ())) == "not-applicable"
    assert status("mounts-dev-shm", TREE, Mounts(None, ())) == "fail"  # systemd gives no noexec
    assert status("mounts-dev-shm", CONTAINER, Mounts(None, ())) == "not-evaluated"


def test_what_systemd_mounts_unasked_keeps_only_systemd_s_own_options() -> None:
    hand_made = Mounts((SHM,), ())
    assert status("mounts-dev-shm", hand_made) == "fail"
    assert status("mounts-dev-shm", hand_made, CONTAINER) == "fail"
    docker = replace(CONTAINER, virtualisation="docker")
    assert status("mounts-dev-shm", hand_made, docker) == "pass"


V4 = {"net.ipv4.ip_forward": "0"}
OFF = {f"net.ipv6.conf.{scope}.disable_ipv6": "1" for scope in ("all", "default")}
REDIRECTS = {f"net.ipv6.conf.{scope}.accept_redirects": "1" for scope in ("all", "default", "eth0")}


@pytest.mark.parametrize(
    ("running", "kept", "expected"),
    [
        (V4, {}, "not-applicable"),
        (V4 | OFF | REDIRECTS, OFF, "not-applicable"),
        (V4 | OFF | REDIRECTS, {}, "fail"),
        (V4 | OFF | REDIRECTS | {"net.ipv6.conf.eth0.disable_ipv6": "0"}, OFF, "fail"),
        (V4 | OFF | REDIRECTS | {"net.ipv6.conf.lo.disable_ipv6": "0"}, OFF, "not-applicable"),
        (V4 | REDIRECTS, OFF, "fail"),
    ],
)
def test_settings_of_ipv6_are_not_due_where_it_is_off_now_and_later(
    running: dict[str, str], kept: dict[str, str], expected: str
) -> None:
    assert status("sysctl-ipv6-redirects", sysctl(running, kept)) == expected


def test_ipv6_that_the_kernel_lacks_is_switched_off() -> None:
    assert status("sysctl-ipv6-disabled", sysctl(V4, {})) == "pass"


ACCEPT = {f"net.ipv4.conf.{scope}.accept_local": "0" for scope in ("all", "default", "eth0")}


@pytest.mark.parametrize(
    ("scope", "expected"), [("lo", "pass"), ("default", "fail"), ("eth0", "fail")]
)
def test_a_default_that_no_file_must_set_still_counts_for_new_interfaces(
    scope: str, expected: str
) -> None:
    running = ACCEPT | {f"net.ipv4.conf.{scope}.accept_local": "1"}
    kept = {"net.ipv4.conf.all.accept_local": "0"}
    assert status("sysctl-ipv4-accept-local", sysctl(running, kept)) == expected
    assert status("sysctl-ipv4-accept-local", sysctl(ACCEPT, kept)) == "pass"


@pytest.mark.parametrize("running", [None, ACCEPT])
def test_what_a_file_sets_for_one_interface_counts_at_the_next_boot(
    running: dict[str, str] | None,
) -> None:
    kept = {"net.ipv4.conf.all.accept_local": "0"}
    own = {"net.ipv4.conf.eth0.accept_local": "1"}
    assert status("sysctl-ipv4-accept-local", sysctl(running, kept)) == "pass"
    assert status("sysctl-ipv4-accept-local", sysctl(running, kept | own)) == "fail"


DISK = {
    "etc/os-release": "ID=debian\nVERSION_ID=12\n",
    "etc/fstab": "UUID=1 / ext4 defaults 0 1\nUUID=2 /home ext4 nodev,nosuid 0 2\n",
    "etc/default/grub": "GRUB_CMDLINE_LINUX='audit=1'\n",
    "boot/vmlinuz-6.1.0-18-amd64": "MZ",
    "boot/config-6.1.0-18-amd64": "CONFIG_X86_64=y\nCONFIG_BUG=y\n# CONFIG_SECCOMP is not set\n",
    "boot/grub/grub.cfg": MENU.format(header="", normal="audit=1", submenu=""),
    "usr/lib/modules/6.1.0-18-amd64/modules.dep": "kernel/fs/hfs/hfs.ko:\n",
    "usr/lib/modules/6.1.0-18-amd64/modules.builtin": "kernel/fs/udf/udf.ko\n",
    "etc/modprobe.d/x.conf": "install udf /bin/false\n",
    "etc/sysctl.d/x.conf": "kernel.sysrq = 0\n",
}


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("boot-audit", "pass"),
        ("boot-audit-backlog", "fail"),
        ("boot-smap", "pass"),
        ("boot-password", "fail"),
        ("kernel-build-bug", "pass"),
        ("kernel-build-seccomp", "fail"),
        ("module-hfs", "fail"),
        ("module-cramfs", "pass"),
        ("module-udf", "fail"),
        ("mounts-own-home", "pass"),
        ("mounts-own-var", "fail"),
        ("mounts-home-nodev", "pass"),
        ("mounts-home-noexec", "fail"),
        ("sysctl-sysrq", "pass"),
        ("apparmor-enforced", "not-evaluated"),
        ("hardware-wireless", "not-evaluated"),
    ],
)
def test_a_disk_s_files_decide_what_files_can(tmp_path: Path, check: str, expected: str) -> None:
    for name, text in DISK.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "lib").symlink_to("usr/lib")
    assert judge(scan_tree(tmp_path), [CHECKS[check]])[0].status == expected
