"""From the base's tree to a role's: packages, overlay, units; nothing that clones share."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Lock

from stacks.images.base import BaseTree
from stacks.images.recipe import OVERLAY, Base, Role, overlay_files
from stacks.images.sealed import inside, run

INSTALL_SECONDS = 600
SHORT_SECONDS = 300
LISTS = "var/lib/apt/lists"
POLICY = "usr/sbin/policy-rc.d"
# Two roles may want the same package: they share a cache, so only one at a time downloads into it.
_downloads = Lock()
_APT = ("apt-get", "-qq", "-y", "--no-install-recommends", "-o", "Debug::NoLocking=true")
_UNSAFE = ("-o", "DPkg::Options::=--force-unsafe-io")

# Identities and traces of the machine that built the image. A machine-id that exists and is empty
# is filled at the first boot (machine-id(5)).
_TRACES = (
    POLICY,
    "etc/hostname",
    "etc/resolv.conf",
    "etc/ssh/ssh_host_*",
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "etc/*-",
    "var/lib/dbus/machine-id",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret",
    "var/cache/ldconfig/aux-cache",
    "var/cache/debconf/*-old",
    "root/.*_history",
    "root/.ansible",
)
_EMPTIED = (LISTS, "var/cache/apt", "tmp", "var/tmp", "run")


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder with all attributes, by reference where the file system can."""
    copy = ["cp", "--archive", "--reflink=auto", "--no-target-directory"]
    run([*copy, str(source), str(target)], timeout=SHORT_SECONDS)


def copy_base(base: BaseTree, tree: Path) -> None:
    """A copy of the base, as `ready` leaves it."""
    copy_tree(base.tree, tree)
    ready(base, tree)


def ready(base: BaseTree, tree: Path) -> None:
    """Until `clean`, packages can be installed in the base's tree and no service starts."""
    copy_tree(base.lists, tree / LISTS)
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    policy = tree / POLICY
    policy.write_text("#!/bin/sh\nexit 101\n")  # 101: starting is not allowed (invoke-rc.d(8))
    policy.chmod(0o755)


def install(role: Role, tree: Path, archives: Path, env: dict[str, str]) -> None:
    """Install the role's packages, from the lists of the base's day."""
    if not role.packages:
        return
    binds = {archives: "/var/cache/apt/archives"}
    with _downloads:
        download = [*_APT, "--download-only", "install", *role.packages]
        run(inside(tree, download, binds), timeout=INSTALL_SECONDS, env=env)
    command = [*_APT, *_UNSAFE, "--no-download", "install", *role.packages]
    run(inside(tree, command, binds), timeout=INSTALL_SECONDS, env=env)


def lay_over(tree: Path, overlay: Path = OVERLAY) -> None:
    """Copy the overlay in, owned by root; only the executable bit is taken from the files."""
    for relative in overlay_files(overlay):
        source, target = overlay / relative, tree / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
            continue
        shutil.copyfile(source, target)
        target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def set_up(tree: Path, base: Base) -> None:
    """Make the overlay's accounts and folders, and enable and mask units."""
    commands = [["systemd-sysusers"], ["systemd-tmpfiles", "--create", "govctl.conf"]]
    if base.enable:
        commands.append(["systemctl", "--quiet", "enable", *base.enable])
    if base.mask:
        commands.append(["systemctl", "--quiet", "mask", *base.mask])
    for command in commands:
        run(inside(tree, command), timeout=SHORT_SECONDS)


def clean(tree: Path) -> None:
    """Remove what belongs to one machine only, or to the build."""
    for pattern in _TRACES:
        for path in tree.glob(pattern):
            _remove(path)
    for folder in _EMPTIED:
        for path in (tree / folder).iterdir():
            _remove(path)
    for path in (tree / "var/log").rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.unlink()
    (tree / "etc/machine-id").write_bytes(b"")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
