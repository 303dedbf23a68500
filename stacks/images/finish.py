"""The end of a build: what the image consists of and how it was judged goes into it and beside it.

Inside it stands in /usr/share/govctl: `sbom.cdx.json`, and `scan.json`, which only root reads.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from govctl.files import PRIVATE, PUBLIC, write_bytes_whole
from stacks.images import sbom
from stacks.images.kept import SBOM, SCAN, Manifest, keep_state, write_manifest
from stacks.images.licences import licences
from stacks.images.pack import fingerprint, pack
from stacks.images.packages import archive_digests, installed, set_digest
from stacks.images.sbom import Contents, bill
from stacks.images.snapshot import Suite, snapshot_digest, suites
from stacks.images.tree import LISTS

INSIDE = "usr/share/govctl"
_VERSION = re.compile(r'^VERSION_ID="?([^"\n]*)"?$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class About:
    """What an image is made of and judged by; digests are SHA-256."""

    role: str
    digest: str
    recipe: str
    checks: str
    judged_by: tuple[str, ...]
    mirror: tuple[Suite, ...]


@dataclass(frozen=True)
class Finished:
    """A tree that may be packed, and what is known of it."""

    about: About
    contents: Contents
    scan: Mapping[str, int]
    findings: bytes
    hardened: Mapping[str, float]


def look(tree: Path) -> tuple[Contents, tuple[Suite, ...]]:
    """What is in a tree, and the mirror's state: while it still has its package lists."""
    packages = installed(tree)
    declared = {one: licences(tree, one.name) for one in packages}
    release = (tree / "etc/os-release").read_text(encoding="utf-8", errors="replace")
    number = _VERSION.search(release)
    contents = Contents(
        packages,
        archive_digests(tree, packages),
        {one: names for one, names in declared.items() if names},
        number[1] if number else "",
    )
    return contents, suites(tree / LISTS)


def finish(finished: Finished, tree: Path, folder: Path, begun: float) -> None:
    """Write bill and scan into the tree, pack it into `folder`, and the manifest last of all.

    `begun` is what the monotonic clock said when the build began.
    """
    about, created = finished.about, int(time.time())
    package_set = set_digest(finished.contents.packages)
    known_by = {
        "recipe": about.recipe,
        "checks": about.checks,
        "baselines": " ".join(about.judged_by),
        "packages": package_set,
        "snapshot": snapshot_digest(about.mirror),
    }
    named = {f"govctl:{name}": value for name, value in known_by.items() if value}
    document = bill(about.role, finished.contents, named, created)
    text = sbom.as_text(document).encode()
    for place in (tree / INSIDE, folder):
        _write(place / SBOM, text, PUBLIC)
        _write(place / SCAN, finished.findings, PRIVATE)
    keep_state(tree, folder)
    digests = {
        **{name: value for name, value in known_by.items() if value},
        "sbom": _sha256(text),
        "scan": _sha256(finished.findings),
        "verdicts": json.dumps(dict(sorted(finished.scan.items()))),
    }
    pack(tree, about.role, about.digest, folder, created, digests)
    write_manifest(
        folder,
        Manifest(
            role=about.role,
            digest=about.digest,
            fingerprint=fingerprint(folder),
            seconds=round(time.monotonic() - begun, 1),
            packages={one.name: one.version for one in finished.contents.packages},
            hardened=finished.hardened,
            created=created,
            judged_by=about.judged_by,
            scan=finished.scan,
            recipe=about.recipe,
            checks=about.checks,
            package_set=package_set,
            mirror=about.mirror,
        ),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_whole(path, content, mode)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
