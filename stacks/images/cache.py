"""Where finished images and bases are kept, and who may add to it."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from govctl.texts import Message, msg
from stacks.images.pack import MANIFEST, METADATA, ROOTFS
from stacks.images.recipe import Role

KEPT = 2
"""Images of one role, and bases, that stay."""
OnStep = Callable[[Message], None]


@dataclass(frozen=True)
class BuiltImage:
    """A hardened and verified image, ready for import."""

    role: str
    digest: str
    """Of everything that went in."""
    fingerprint: str
    """Of the two files: what LXD and Incus identify the image by."""
    metadata: Path
    rootfs: Path
    packages: Mapping[str, str]
    """Names and versions."""
    seconds: float
    """What the build took, when it was built."""
    cached: bool


@dataclass(frozen=True)
class Cache:
    """A folder of images, bases, and downloaded packages."""

    folder: Path

    @property
    def work(self) -> Path:
        """What is being made; on the same file system, so that it can be moved to its place."""
        return self.folder / "work"

    @property
    def archives(self) -> Path:
        """Downloaded packages."""
        return self.folder / "archives"

    def place(self, name: str, key: str) -> Path:
        """Where a role's image, or the `base`, stands when it is finished."""
        return self.folder / f"{name}-{key[:16]}"

    def has(self, role: Role, key: str) -> bool:
        """True if the image is there and complete."""
        return (self.place(role.name, key) / MANIFEST).is_file()

    def read(self, role: Role, key: str, *, cached: bool) -> BuiltImage:
        """An image that is there."""
        folder = self.place(role.name, key)
        manifest = json.loads((folder / MANIFEST).read_text())
        return BuiltImage(
            role=role.name,
            digest=key,
            fingerprint=manifest["fingerprint"],
            metadata=folder / METADATA,
            rootfs=folder / ROOTFS,
            packages=manifest["packages"],
            seconds=manifest["seconds"],
            cached=cached,
        )

    @contextmanager
    def alone(self, on_step: OnStep) -> Iterator[None]:
        """Hold the cache against other builds; what a killed one left unfinished goes."""
        for folder in (self.work, self.archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_step(msg("images: waiting for another build to end"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.work.iterdir():
                shutil.rmtree(left)
            yield

    def put(self, made: Path, place: Path) -> None:
        """Move what is complete from the work folder to its place; an older one there goes."""
        if place.exists():
            place.rename(self.work / f"{place.name}.old")
        made.rename(place)

    def prune(self, names: Iterable[str]) -> None:
        """Keep the newest few of each name."""
        for name in names:
            # The key is the last word: `network-router-<key>` is no image of a role `network`.
            folders = [p for p in self.folder.iterdir() if p.name.rpartition("-")[0] == name]
            for old in sorted(folders, key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]:
                shutil.rmtree(old)
