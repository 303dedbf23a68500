"""Finished images in a cache, without what a build needs: a tree with a package or two."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stacks.images import pack
from stacks.images.cache import Cache
from stacks.images.kept import SBOM, SCAN, Kept, Manifest, keep_state, write_manifest
from stacks.images.packages import Package, set_digest
from stacks.images.sbom import Contents, as_text, bill
from stacks.images.snapshot import Suite

PACKAGES = {"dpkg": "1.21.22", "openssl": "3.0.11-1"}
SCANNED = {"pass": 40, "not-applicable": 7, "not-evaluated": 2}
MIRROR = (Suite("bookworm", "Sat, 11 Jul 2026 10:16:37 UTC", "ab" * 32),)
STANZA = """\
Package: {name}
Status: install ok installed
Architecture: amd64
Version: {version}
Maintainer: Somebody <somebody@example.test>
Description: a package

"""


def keep_image(
    cache: Path,
    role: str,
    digest: str,
    *,
    judged_by: str = "tcvn14423-2026:3",
    created: int = 1_700_000_000,
    packages: Mapping[str, str] = PACKAGES,
    source: str = "",
    rootfs: bytes = bytes(2_000_000),
) -> Kept:
    """An image with these packages; `source` is the line of its sources.list."""
    folder = Cache(cache).place(role, digest)
    tree = folder / "tree"
    (tree / "var/lib/dpkg").mkdir(parents=True)
    (tree / "etc/apt").mkdir(parents=True)
    stanzas = (STANZA.format(name=name, version=version) for name, version in packages.items())
    (tree / "var/lib/dpkg/status").write_text("".join(stanzas))
    (tree / "etc/apt/sources.list").write_text(f"{source}\n")
    keep_state(tree, folder)
    pack.write_metadata(folder / pack.METADATA, pack.metadata(role, digest, created))
    (folder / pack.ROOTFS).write_bytes(rootfs)
    installed = tuple(Package(name, version, "amd64") for name, version in packages.items())
    (folder / SBOM).write_text(as_text(bill(role, Contents(installed), {}, created)))
    (folder / SCAN).write_text('{"schema": "govctl/scan/1", "results": []}\n')
    manifest = Manifest(
        role=role,
        digest=digest,
        fingerprint=pack.fingerprint(folder),
        seconds=12.3,
        packages=packages,
        created=created,
        judged_by=(judged_by,),
        scan=SCANNED,
        recipe="1" * 64,
        checks="2" * 64,
        package_set=set_digest(installed),
        mirror=MIRROR,
    )
    write_manifest(folder, manifest)
    os.utime(folder, (created, created))
    return Kept(folder, manifest)
