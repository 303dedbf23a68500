"""Where finished images and bases are kept, and who may add to it."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from govctl.files import write_whole
from govctl.texts import Message, msg
from stacks.images.kept import Kept, read_kept
from stacks.images.pack import MANIFEST, METADATA, ROOTFS
from stacks.images.recipe import Role

KEPT = 2
"""Images of one role that the same baselines judged, and bases, that stay."""
EDITIONS = "editions.json"
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
        kept = self.kept(role.name, key)
        if kept is None:
            raise FileNotFoundError(self.place(role.name, key))
        return BuiltImage(
            role=role.name,
            digest=key,
            fingerprint=kept.manifest.fingerprint,
            metadata=kept.folder / METADATA,
            rootfs=kept.folder / ROOTFS,
            packages=kept.manifest.packages,
            seconds=kept.manifest.seconds,
            cached=cached,
        )

    def kept(self, name: str, key: str) -> Kept | None:
        """A role's image by its key; None if it is not there."""
        return read_kept(self.place(name, key))

    def every(self) -> tuple[Kept, ...]:
        """All images, by role, the newest first."""
        folders = self.folder.iterdir() if self.folder.is_dir() else ()
        found = [kept for kept in map(read_kept, folders) if kept]
        newest = sorted(found, key=lambda kept: kept.created, reverse=True)
        return tuple(sorted(newest, key=lambda kept: kept.manifest.role))

    def editions(self) -> dict[str, str]:
        """Role → the edition of packages that its image is to have; see `set_editions`."""
        try:
            content = json.loads((self.folder / EDITIONS).read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(content, dict):
            return {}
        return {str(role): str(edition) for role, edition in content.items()}

    def set_editions(self, changed: Mapping[str, str]) -> None:
        """From now on these roles' images are made of a newer edition of packages."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**self.editions(), **changed}, indent=1, sort_keys=True)
        write_whole(self.folder / EDITIONS, text)

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

    def remove(self, kept: Kept) -> None:
        """Take an image away, in one step for whoever looks; one that is gone is fine."""
        gone = self.work / f"{kept.folder.name}.removed"
        if kept.folder.exists():
            kept.folder.rename(gone)
            shutil.rmtree(gone)

    def prune(self, names: Iterable[str]) -> None:
        """Keep the newest few of each name; images that other baselines judged are counted apart,
        so that one built by hand drives out none of an estate's."""
        for name in names:
            # The key is the last word: `network-router-<key>` is no image of a role `network`.
            folders = [p for p in self.folder.iterdir() if p.name.rpartition("-")[0] == name]
            alike: dict[tuple[str, ...], list[Path]] = {}
            newest: tuple[str, ...] = ()
            for folder in sorted(folders, key=lambda p: p.stat().st_mtime, reverse=True):
                kept = read_kept(folder)
                # An image of an earlier govctl does not say who judged it.
                who = kept.manifest.judged_by if kept and kept.manifest.created else newest
                newest = newest or who
                alike.setdefault(who, []).append(folder)
            for old in (folder for group in alike.values() for folder in group[KEPT:]):
                shutil.rmtree(old)
