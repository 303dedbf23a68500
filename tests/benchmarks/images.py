"""Images to clone from: the smallest that behaves like ours, and a real one."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from govctl.doctor import cache_folder
from stacks.images.mirror import proxy_environment
from stacks.images.pack import MANIFEST, METADATA, ROOTFS, pack
from stacks.images.sealed import inside, run
from stacks.provider.sharing import Hold, release, share
from stacks.provider.targets.lxd import Lxd
from tests.live.provider import tiny_image

HOLDER = "bench"


@contextmanager
def tiny(folder: Path) -> Iterator[str]:
    """Busybox and a host key: up in a moment. Its fingerprint on LXD."""
    files = tiny_image.build(folder)
    with held(files.metadata, files.rootfs) as fingerprint:
        yield fingerprint


@contextmanager
def router() -> Iterator[str]:
    """The hardened image of the role network-router, as it was last built: systemd and OpenSSH."""
    newest = _newest_router()
    with held(newest / METADATA, newest / ROOTFS) as fingerprint:
        yield fingerprint


@contextmanager
def router_with(folder: Path, packages: Sequence[str]) -> Iterator[str]:
    """The same with other packages of Debian besides."""
    tree, packed = folder / "tree", folder / "packed"
    unpacked_router(tree)
    shutil.copyfile("/etc/resolv.conf", tree / "etc/resolv.conf")
    env = {**proxy_environment(), "DEBIAN_FRONTEND": "noninteractive"}
    run(inside(tree, ["apt-get", "update", "-q"]), timeout=600, env=env)
    install = ["apt-get", "install", "-yq", "--no-install-recommends", *packages]
    run(inside(tree, install), timeout=600, env=env)
    run(inside(tree, ["apt-get", "clean"]), timeout=60)
    packed.mkdir()
    pack(tree, "bench", "", packed, int(time.time()))
    with held(packed / METADATA, packed / ROOTFS) as fingerprint:
        yield fingerprint


def unpacked_router(tree: Path) -> None:
    """The same as a tree of files, in a new folder."""
    source = _newest_router() / ROOTFS
    run(["unsquashfs", "-quiet", "-no-progress", "-dest", str(tree), str(source)], timeout=120)


def _newest_router() -> Path:
    built = [file.parent for file in cache_folder().glob(f"images/network-router-*/{MANIFEST}")]
    if not built:
        pytest.fail("there is no image of the role network-router yet: script/demo builds it")
    return max(built, key=lambda place: place.stat().st_mtime)


@contextmanager
def held(metadata: Path, rootfs: Path) -> Iterator[str]:
    """Hold it as an estate would, so that nobody else deletes it meanwhile."""
    target = Lxd()
    fingerprint = target.import_image(metadata, rootfs).fingerprint
    hold = Hold(HOLDER, hashlib.sha256(fingerprint.encode()).hexdigest(), HOLDER)
    share(target, fingerprint, HOLDER, hold)
    try:
        yield fingerprint
    finally:
        release(target, fingerprint, HOLDER, frozenset({hold}))
