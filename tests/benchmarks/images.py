"""Images to clone from: the smallest that behaves like ours, and a real one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from govctl.doctor import cache_folder
from stacks.images.pack import MANIFEST, METADATA, ROOTFS
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
    built = [file.parent for file in cache_folder().glob(f"images/network-router-*/{MANIFEST}")]
    if not built:
        pytest.fail("there is no image of the role network-router yet: script/demo builds it")
    newest = max(built, key=lambda place: place.stat().st_mtime)
    with held(newest / METADATA, newest / ROOTFS) as fingerprint:
        yield fingerprint


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
