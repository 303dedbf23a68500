"""The record of a run: made whole before anything changes, reduced to what did change after it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import machine
from .entry import LARGE, Entry, entry_of, is_large, look, write_whole
from .places import MOST, Places, owned, places_of, whole

BASE = Path("/var/lib/govctl/hardening")
_ENABLED = "/etc/systemd/system/"
KEPT = 10
"""Runs; older ones are removed."""
RESERVE = 2 << 20
"""Bytes held free in each run's folder, so that a full disk does not stop the undoing."""


@dataclass(frozen=True)
class Change:
    """A path before a run and after it; None where it was not there."""

    path: str
    before: Entry | None
    after: Entry | None

    @property
    def content(self) -> bool:
        """True if more than owner and mode is known."""
        known = self.before or self.after
        return known is not None and bool(known.stamp)


@dataclass
class Changed:
    """All that a run changed."""

    files: list[Change]
    machine: dict[str, Any]


class Record:
    """The folder of one run."""

    def __init__(self, base: Path, run: str) -> None:
        self.run = run
        self.folder = base / run

    @property
    def exists(self) -> bool:
        """True if this host kept something before that run."""
        return (self.folder / "about.json").is_file()

    @property
    def about(self) -> dict[str, Any]:
        """`begun` (Unix time), `themes`, `session`, `cut`; `state`: `begun`, `kept`, `restored` or
        `partly`, and then `timed` if nobody asked for it, and `problems`."""
        found: dict[str, Any] = json.loads((self.folder / "about.json").read_text("utf-8"))
        return found

    def note(self, **news: Any) -> None:
        """Change what is said about the run."""
        _write(self.folder / "about.json", {**self.about, **news})

    def changed(self) -> Changed:
        """What the run changed: as it was noted when it ended, or as it is now if it did not."""
        noted = self._noted()
        if noted is None:
            return _compared(self.folder)
        files = [Change(path, entry_of(one), entry_of(other))
                 for path, one, other in noted["files"]]  # fmt: skip
        return Changed(files, noted["machine"])

    def read(self, digest: str) -> bytes:
        """The kept content of a file."""
        noted = self._noted()
        name = "before" if noted is None else "changes"
        index = noted["index"] if noted else json.loads((self.folder / "index.json").read_text())
        start, size = index[digest]
        with (self.folder / f"{name}.contents").open("rb") as file:
            file.seek(start)
            return file.read(size)

    def _noted(self) -> dict[str, Any] | None:
        """`changes.json`, which is there once the run has ended and its contents are reduced."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "changes.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found

    def free_reserve(self) -> None:
        """Give back the room that was held."""
        with suppress(FileNotFoundError):
            (self.folder / "reserve").unlink()


@contextmanager
def alone(base: Path) -> Iterator[None]:
    """One of these programs at a time; the kernel frees the lock of one that is killed."""
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (base / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def runs(base: Path) -> list[Record]:
    """Whole records, oldest first."""
    names = sorted(path.name for path in base.iterdir()) if base.is_dir() else []
    return [record for record in (Record(base, name) for name in names) if record.exists]


def begin(
    base: Path,
    run: str,
    themes: list[str],
    places: Places,
    program: Path,
    session: tuple[int, int] | None = None,
) -> Record:
    """Keep everything watched, before anything changes. OSError if there is no room: then nothing
    is left of it, and nothing may be changed."""
    record = Record(base, run)
    if record.exists:  # the same run once more, after a restart: what was first is what counts
        return record
    making = base / f".{run}.new"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    try:
        files, cut = _keep(places, making)
        _write(making / "before.json", {"files": files, "places": places.plain(), "cut": cut,
                                        "machine": machine.look(places.settings)})  # fmt: skip
        with (making / "reserve").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, RESERVE)
        shutil.copytree(program, making / "undo", ignore=shutil.ignore_patterns("__pycache__"))
        about = {"run": run, "begun": time.time(), "themes": themes, "state": "begun"}
        _write(making / "about.json", {**about, "cut": cut, "session": session})
        making.replace(record.folder)
        _sync(base)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return record


def finish(record: Record) -> Changed:
    """Note what the run changed, and let go of the rest."""
    done = record.changed()
    if record.about["state"] != "begun":
        return done
    record.free_reserve()
    index = _reduced(record, done)
    # This file decides: before it is there all that was kept counts, and after it what is reduced.
    _write(record.folder / "changes.json", {
        "files": [[one.path, one.before and one.before.plain(), one.after and one.after.plain()]
                  for one in done.files],
        "machine": done.machine,
        "index": index,
    })  # fmt: skip
    record.note(state="kept", finished=time.time())
    for name in ("before.json", "before.contents", "index.json"):
        (record.folder / name).unlink()
    return done


def prune(base: Path, needed: list[str]) -> None:
    """Remove what was begun and never became whole, and all but the newest runs."""
    for left in base.glob(".*.new"):
        shutil.rmtree(left, ignore_errors=True)
    for record in runs(base)[:-KEPT]:
        if record.run not in needed:
            shutil.rmtree(record.folder, ignore_errors=True)


def _keep(places: Places, folder: Path) -> tuple[dict[str, list[Any]], bool]:
    """Entries of all paths, and if some are missing; contents go to `before.contents`, and where
    they are in it to `index.json`."""
    found: dict[str, list[Any]] = {}
    index: dict[str, tuple[int, int]] = {}
    with (folder / "before.contents").open("wb") as file:
        for path in whole(places):
            entry = look(path, content=True)
            if entry is None:
                continue
            if entry.kind == "file" and not is_large(entry):
                data = Path(path).read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                entry = replace(entry, content=digest)
                if digest not in index:
                    index[digest] = (file.tell(), len(data))
                    file.write(data)
            found[path] = entry.plain()
        file.flush()
        os.fsync(file.fileno())
    _write(folder / "index.json", index)
    for path in owned(places):
        if path not in found:
            if len(found) >= MOST:
                return found, True
            entry = look(path, content=False)
            if entry is not None and entry.kind != "link":
                found[path] = entry.plain()
    return found, False


def _compared(folder: Path) -> Changed:
    kept = json.loads((folder / "before.json").read_text("utf-8"))
    files = []
    for path, plain in kept["files"].items():
        before = entry_of(plain)
        assert before is not None  # noqa: S101 - only what was there is listed
        after = look(path, content=bool(before.stamp), known=before)
        if after != before and (after is not None or before.stamp):
            files.append(Change(path, before, after))
    places = places_of(kept["places"])
    for path in whole(places):
        if path not in kept["files"]:
            after = look(path, content=True)
            if after is not None:
                files.append(Change(path, None, after))
    now = machine.look(places.settings)
    return Changed(sorted(files, key=lambda one: one.path),
                   machine.changes(kept["machine"], now, turned(files)))  # fmt: skip


def turned(files: list[Change]) -> set[str]:
    """Units that a run enabled, by a link of their name, or unmasked."""
    ours = [one for one in files if one.path.startswith(_ENABLED)]
    links = [one for one in ours if one.after is not None and one.after.kind == "link"]
    unmasked = [one for one in ours if one.before is not None and one.before.content == os.devnull]
    return {Path(one.path).name for one in (*links, *unmasked)}


def _reduced(record: Record, done: Changed) -> dict[str, tuple[int, int]]:
    """Write the contents of changed files alone; where each is."""
    wanted = {one.before.content for one in done.files
              if one.before and one.before.kind == "file" and one.content}  # fmt: skip
    index: dict[str, tuple[int, int]] = {}
    texts = bytearray()
    for digest in sorted(filter(None, wanted)):
        if not digest.startswith(LARGE):
            data = record.read(digest)
            index[digest] = (len(texts), len(data))
            texts += data
    write_whole(record.folder / "changes.contents", bytes(texts))
    return index


def _write(path: Path, document: Any) -> None:
    write_whole(path, json.dumps(document).encode())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
