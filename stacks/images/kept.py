"""An image in the cache: its files, and the manifest that says what it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stacks.images.pack import MANIFEST, METADATA, ROOTFS
from stacks.images.snapshot import Suite, snapshot_digest

SBOM = "sbom.cdx.json"
SCAN = "scan.json"
STATE = "apt"
"""A folder: what apt has to know of the image to say what is newer."""
_APT = ("sources.list", "sources.list.d", "preferences", "preferences.d")
_STATUS = "var/lib/dpkg/status"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is known of an image; digests are SHA-256, hexadecimal."""

    role: str
    digest: str
    """Of everything that went in; the image is known by it."""
    fingerprint: str
    """Of the two files: what LXD and Incus identify the image by."""
    seconds: float
    """What the build took."""
    packages: Mapping[str, str]
    """Names and versions."""
    hardened: Mapping[str, float] = field(default_factory=dict)
    created: int = 0
    """Seconds since 1970; 0 in images of an earlier govctl, which kept none of what follows."""
    judged_by: tuple[str, ...] = ()
    """Baselines with their level, and profiles."""
    scan: Mapping[str, int] = field(default_factory=dict)
    """How many checks came to which verdict."""
    recipe: str = ""
    """Digest of the base's list, the overlay, the sources and the role's packages."""
    checks: str = ""
    """Digest of what hardened and judged it: playbooks, check rows, scanner, values."""
    package_set: str = ""
    """Digest of names, architectures and versions of its packages."""
    mirror: tuple[Suite, ...] = ()
    """The signed index files that its packages were resolved from."""

    @property
    def snapshot(self) -> str:
        """One digest for the state of the mirror."""
        return snapshot_digest(self.mirror)


@dataclass(frozen=True)
class Kept:
    """A finished image."""

    folder: Path
    manifest: Manifest

    @property
    def is_there(self) -> bool:
        """False once it was removed."""
        return (self.folder / MANIFEST).is_file()

    @property
    def created(self) -> datetime:
        """When it was built, UTC."""
        seconds = self.manifest.created or (self.folder / MANIFEST).stat().st_mtime
        return datetime.fromtimestamp(seconds, UTC)

    @property
    def size(self) -> int:
        """Bytes of both files."""
        return sum((self.folder / name).stat().st_size for name in (METADATA, ROOTFS))

    @property
    def sbom(self) -> Path | None:
        """The bill of materials."""
        return self._file(SBOM)

    @property
    def scan(self) -> Path | None:
        """The findings of the scan before it was packed."""
        return self._file(SCAN)

    @property
    def state(self) -> Path | None:
        """The folder with `status` and `etc`, for apt."""
        return self._file(STATE)

    def _file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.exists() else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it last: an image without it is none."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True))


def read_kept(folder: Path) -> Kept | None:
    """The image in a folder; None if there is none that is whole."""
    try:
        content = json.loads((folder / MANIFEST).read_text())
        return Kept(folder, _manifest(content))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_state(tree: Path, folder: Path) -> None:
    """Keep what apt has to know of a tree: dpkg's status, the sources, the preferences."""
    state = folder / STATE
    (state / "etc").mkdir(parents=True)
    shutil.copyfile(tree / _STATUS, state / "status")
    for name in _APT:
        source, target = tree / "etc/apt" / name, state / "etc" / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.is_file():
            shutil.copyfile(source, target)


def _manifest(content: dict[str, Any]) -> Manifest:
    known = {name: content[name] for name in Manifest.__dataclass_fields__ if name in content}
    if "judged_by" in known:
        known["judged_by"] = tuple(known["judged_by"])
    if "mirror" in known:
        known["mirror"] = tuple(Suite(**one) for one in known["mirror"])
    return Manifest(**known)
