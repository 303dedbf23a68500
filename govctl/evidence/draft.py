"""A run while it is being written: in a folder of its own that gets its name only when complete."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from govctl.errors import GovctlError, MissingPrerequisite
from govctl.evidence.encode import findings_document, info_document, to_bytes
from govctl.evidence.model import Run
from govctl.texts import _

PARTIAL = ".partial-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def bundle_name(target: str) -> str:
    """Where a target's raw bundle stands in its run; a target may be a path with slashes."""
    name = quote(target, safe="")
    if len(name) > 200:  # most file systems end a name at 255 bytes
        name = f"{name[:160]}-{hashlib.sha256(target.encode()).hexdigest()[:16]}"
    return f"facts/{name}.json.gz"


class Draft:
    """Collects one run; leaving the `with` block before `finish` removes every trace of it."""

    def __init__(self, runs: Path, run_id: str) -> None:
        self.id = run_id
        self._runs = runs
        self._folder = runs / f"{PARTIAL}{run_id}"
        self._files: dict[str, str] = {}
        with _one_clear_error(runs):
            self._folder.mkdir(mode=0o700)
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            # The lock dies with the process, so the next start can tell a leftover from a writer.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (self._folder / "facts").mkdir(mode=0o700)

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_error: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)  # gone already after finish()
        os.close(self._lock)

    def keep(self, target: str, bundle: bytes) -> None:
        """Store what one target gave, as it came; safe to call from several threads."""
        self._write(bundle_name(target), bundle)

    def finish(self, run: Run, report: str | None = None) -> Path:
        """Give the run its name; returns its folder.

        Raises MissingPrerequisite if the disk is full; then nothing of the run is left.
        """
        if run.id != self.id:
            raise ValueError(f"run {run.id} does not belong in the draft of {self.id}")
        self._write("findings.json", to_bytes(findings_document(run.findings)))
        if report is not None:
            self._write("report.html", report.encode("utf-8", "replace"))
        self._write("run.json", to_bytes(info_document(run, self._files)))
        target = self._runs / self.id
        with _one_clear_error(self._runs):
            _sync(self._folder / "facts")
            _sync(self._folder)
            self._folder.rename(target)
            _sync(self._runs)
        return target

    def _write(self, name: str, content: bytes) -> None:
        with _one_clear_error(self._runs), (self._folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._files[name] = hashlib.sha256(content).hexdigest()


def clean_leftovers(runs: Path) -> tuple[str, ...]:
    """Remove what killed runs left behind; a run that is being written now is left alone."""
    removed = []
    for folder in sorted(runs.glob(f"{PARTIAL}*")):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name.removeprefix(PARTIAL))
        finally:
            os.close(descriptor)
    return tuple(removed)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _one_clear_error(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise MissingPrerequisite(
                _("no room left on the disk of {place}: this run was not kept", place=place),
                hint=_("make room or remove old runs, then run the same command again"),
            ) from error
        raise GovctlError(
            _("cannot write to {place}: {why}", place=place, why=error.strerror or error)
        ) from error
