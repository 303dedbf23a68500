from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts.kernel import MODULES, Modules
from scanners.host.facts.kernel_build import SOURCE, KernelBuild, read
from scanners.host.facts.system import SOURCE as SYSTEM
from scanners.host.facts.system import System
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw

CONFIG = b"""\
#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.1.76 Kernel Configuration
#
CONFIG_CC_IS_GCC=y
CONFIG_X86_64=y
# CONFIG_DEBUG_SG is not set
CONFIG_BINFMT_MISC=m
CONFIG_MODULE_SIG_HASH="sha256"
CONFIG_DEFAULT_MMAP_MIN_ADDR=65536
# CONFIG_SECURITY=y
CONFIG_PANIC_TIMEOUT=0
# CONFIG_KEXECX is not set
CONFIG_SECCOMPX=y
"""


def test_of_a_configuration_only_what_is_asked_for_leaves_the_host() -> None:
    left = SOURCE.reduced[0].reduce(CONFIG).decode().splitlines()
    assert left == [
        "# Linux/x86 6.1.76 Kernel Configuration",
        "CONFIG_X86_64=y",
        "# CONFIG_DEBUG_SG is not set",
        "CONFIG_BINFMT_MISC=m",
        'CONFIG_MODULE_SIG_HASH="sha256"',
        "CONFIG_DEFAULT_MMAP_MIN_ADDR=65536",
        "# CONFIG_SECURITY=y",
        "CONFIG_PANIC_TIMEOUT=0",
    ]


def test_every_installed_kernel_is_read_with_its_version_and_architecture() -> None:
    reduced = SOURCE.reduced[0].reduce(CONFIG)
    found = SOURCE.parse(raw({"/boot/config-6.1.0-18-amd64": reduced}))
    assert isinstance(found, KernelBuild)
    build = found.builds[0]
    assert (build.release, build.version, build.architecture) == (
        "6.1.0-18-amd64", (6, 1, 76), "x86_64",
    )  # fmt: skip
    assert build.options["DEBUG_SG"] == "n"
    assert build.options["MODULE_SIG_HASH"] == "sha256"
    assert "SECURITY" not in build.options


def test_the_running_kernel_may_tell_itself() -> None:
    said = "6.18.4-cloud\n# Linux/arm64 6.18.4 Kernel Configuration\nCONFIG_ARM64=y\n"
    found = SOURCE.parse(raw({}, {"build": said}))
    assert isinstance(found, KernelBuild)
    assert (found.running, found.builds[0].architecture) == ("6.18.4-cloud", "arm64")


@pytest.mark.parametrize("said", [output(b"", 0), output(b"6.1\n", 0), output(b"6.1\nx", 124)])
def test_without_a_configuration_there_is_no_fact(said: object) -> None:
    assert isinstance(SOURCE.parse(raw({}, {"build": said})), Missing)  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("CONFIG_BUG=y", {"BUG": "y"}),
        ("# CONFIG_BUG is not set", {"BUG": "n"}),
        ("# CONFIG_BUG=y", {}),
        ("CONFIG_BUG is not set", {}),
        ("CONFIG_BUG=", {"BUG": ""}),
        ("CONFIG_BUG=y\n# CONFIG_BUG is not set", {"BUG": "n"}),
        (" CONFIG_BUG=y", {}),
    ],
)
def test_lines(line: str, value: dict[str, str]) -> None:
    assert read(line) == value


def test_modules_of_installed_kernels_and_what_is_built_in() -> None:
    dep = (
        b"kernel/fs/cramfs/cramfs.ko: kernel/x.ko\nkernel/drivers/usb/storage/usb-storage.ko.xz:\n"
    )
    built = b"kernel/fs/overlayfs/overlay.ko\nkernel/fs/ext4/ext4.ko\n"
    reduce = MODULES.reduced[0].reduce
    found = MODULES.parse(raw({
        "/lib/modules/6.1.0-18-amd64/modules.dep": reduce(dep + b"kernel/fs/x/x.ko: a/hfs.ko\n"),
        "/lib/modules/6.1.0-18-amd64/modules.builtin": reduce(built),
        "/lib/modules/6.1.0-17-amd64/modules.dep": file(
            "/lib/modules/6.1.0-17-amd64/modules.dep", b""),
        "/etc/modprobe.d/ipv6.conf": "options ipv6 disable=1\noptions ipv6 autoconf=0\n",
    }))  # fmt: skip
    assert isinstance(found, Modules)
    assert found.available == {"6.1.0-18-amd64": {"cramfs", "usb_storage"}}
    assert found.built_in == {"6.1.0-18-amd64": {"overlay"}}
    assert found.options == {"ipv6": ("disable=1", "autoconf=0")}


@pytest.mark.parametrize(("live", "kernels"), [(False, ("6.1.0-18-amd64",)), (True, ())])
def test_a_tree_owns_the_kernels_that_stand_in_it(live: bool, kernels: tuple[str, ...]) -> None:
    files = {
        "/etc/os-release": file("/etc/os-release", "ID=debian\n"),
        "/boot/vmlinuz-6.1.0-18-amd64": file("/boot/vmlinuz-6.1.0-18-amd64", None),
    }
    outputs = {"system": "kernel=6.1.0\nhostname=x\n"} if live else None
    found = SYSTEM.parse(raw(files, outputs))
    assert isinstance(found, System)
    assert found.own_kernels == kernels


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([
    "CONFIG_BUG", "CONFIG_", "BUG", "=y", " is not set", "# ", "#", "\n", "\r", " Linux/x86 6.1 ",
    "\x0b", "X", "é",
]), max_size=30).map("".join))  # fmt: skip
def test_sed_and_python_keep_the_same_options(text: str) -> None:
    kept = SOURCE.reduced[0]
    done = subprocess.run(
        ["sed", "-E", kept.sed], input=text.encode(), capture_output=True, check=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout == kept.reduce(text.encode())
