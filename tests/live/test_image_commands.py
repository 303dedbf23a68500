"""Who uses an image is asked of the target: `image list` names them, `image remove` spares them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.images.kept import Kept
from stacks.images.pack import METADATA, ROOTFS
from stacks.provider.ownership import ESTATE, URN
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import Instance, Limits
from tests.stacks.kept import keep_image

pytestmark = pytest.mark.live

NAME = f"t-images6-{os.getpid()}"
USED, UNUSED = "ab" * 32, "cd" * 32
LIMITS = Limits(64 << 20, 1, 1 << 30, 32)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def machine(cache: Path, tmp_path: Path) -> Iterator[str]:
    """A machine, never started, that was made from one of two images."""
    (tmp_path / "root/etc").mkdir(parents=True)
    packed = tmp_path / "rootfs"
    squash = ["mksquashfs", str(tmp_path / "root"), str(packed), "-quiet", "-no-progress"]
    subprocess.run(squash, check=True, stdout=subprocess.DEVNULL)
    folder = cache / "govctl/images"
    keep_image(folder, "portal-web", UNUSED)
    used: Kept = keep_image(folder, "portal-web", USED, rootfs=packed.read_bytes())
    target = Lxd()
    image = target.import_image(used.folder / METADATA, used.folder / ROOTFS)
    tags = {ESTATE: NAME, URN: "urn:a::b::c::d"}
    try:
        made = Instance(NAME, image.fingerprint, "govctl", LIMITS, (), tags)
        target.create_instance(made)
        yield NAME
    finally:
        target.delete_instance(NAME)
        target.delete_image(image.fingerprint)


def govctl(cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "govctl", "image", *words],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "LANG": "C.UTF-8"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_an_image_is_removed_once_no_machine_is_made_from_it(machine: str, cache: Path) -> None:
    listed = json.loads(govctl(cache, "list", "--no-updates", "--format", "json").stdout)
    assert {one["digest"]: one["machines"] for one in listed["images"]} == {
        USED: [machine],
        UNUSED: [],
    }
    refused = govctl(cache, "remove", "abab", "cdcd", "--yes")
    assert refused.returncode == 2
    assert f"image abababababab of portal-web is in use by {machine}" in refused.stderr
    assert len(list((cache / "govctl/images").glob("portal-web-*"))) == 2
    done = govctl(cache, "remove", "cdcd", "--yes")
    assert (done.returncode, done.stdout) == (0, "removed: portal-web cdcdcdcdcdcd, 2 MB\n")
    (left,) = (cache / "govctl/images").glob("portal-web-*")
    assert left.name.startswith("portal-web-abab")
    Lxd().delete_instance(machine)
    assert govctl(cache, "remove", "portal", "--yes").returncode == 0
    assert list((cache / "govctl/images").glob("portal-web-*")) == []
