"""A tree of files as a split image: `metadata.tar.xz` and `rootfs.squashfs`."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from stacks.images.recipe import SUITE
from stacks.images.sealed import beside, run

PACK_SECONDS = 300
METADATA = "metadata.tar.xz"
ROOTFS = "rootfs.squashfs"
MANIFEST = "manifest.json"


def pack(
    tree: Path,
    role: str,
    digest: str,
    folder: Path,
    created: int,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write both files into `folder`; the rest is as `metadata` takes it."""
    squash = ["mksquashfs", str(tree), str(folder / ROOTFS), "-comp", "zstd"]
    # Level 3: the image is read once, at its import; the default level takes five times as long.
    options = ["-Xcompression-level", "3", "-noappend", "-quiet", "-no-progress"]
    run(beside([*squash, *options]), timeout=PACK_SECONDS)
    write_metadata(folder / METADATA, metadata(role, digest, created, about))


def metadata(
    role: str, digest: str, created: int, about: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What LXD and Incus want to know of an image (`metadata.yaml`).

    `about` are digests of what it consists of, by name; `created` is in seconds since 1970.
    """
    return {
        "architecture": os.uname().machine,
        "creation_date": created,
        "properties": {
            "os": "Debian",
            "release": SUITE,
            "description": f"govctl {role}",
            "user.govctl.role": role,
            "user.govctl.digest": digest,
            **{f"user.govctl.{name}": value for name, value in sorted((about or {}).items())},
        },
    }


def write_metadata(path: Path, content: dict[str, object]) -> None:
    """A tar with `metadata.yaml` alone; the same content gives the same bytes."""
    data = yaml.safe_dump(content).encode()
    entry = tarfile.TarInfo("metadata.yaml")
    entry.size = len(data)
    with tarfile.open(path, "w:xz") as archive:
        archive.addfile(entry, io.BytesIO(data))


def fingerprint(folder: Path) -> str:
    """What the daemon will call the image: SHA-256 over the metadata and then the file system."""
    digest = hashlib.sha256()
    for name in (METADATA, ROOTFS):
        with (folder / name).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
