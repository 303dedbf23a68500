"""A run while it is being measured: kept by one transaction when it is finished, or not at all."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from govctl.errors import MissingPrerequisite
from govctl.evidence.database import no_room
from govctl.evidence.encode import FindingsWriter, info_document, to_bytes
from govctl.evidence.model import Run
from govctl.evidence.pieces import digest_of, plain_of
from govctl.evidence.spool import Spool
from govctl.evidence.statement import Subject
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.evidence.spool import Known
    from policies.model import Finding

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Commit = Callable[["Gathered"], Path]


class Gathered:
    """A finished run as objects."""

    def __init__(self, run: Run, spool: Spool, subjects: Sequence[Subject], report: str | None):
        self.run = run
        self.spool = spool
        self.subjects = tuple(sorted(subjects, key=lambda one: one.name))
        self.report = report


def name_of(folder: str, target: str) -> str:
    """`facts/web-1.json`: what an object of a target is called; a target may be a path."""
    name = quote(target, safe="")
    if len(name) > 200:
        name = f"{name[:160]}-{digest_of(target.encode('utf-8', 'surrogatepass')).hex()[:16]}"
    return f"{folder}/{name}.json"


class Draft:
    """Collects one run; leaving the `with` block before `finish` removes every trace of it."""

    def __init__(self, folder: Path, run_id: str, known: Known, commit: Commit) -> None:
        self.id = run_id
        self._folder = folder
        self._commit = commit
        self._subjects: dict[str, Subject] = {}
        with one_clear_error(folder):
            self._spool = Spool(folder, known)

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_error: object) -> None:
        self._spool.close()

    def keep(self, target: str, bundle: bytes) -> None:
        """Store what one target gave, as it came; safe to call from several threads."""
        plain = plain_of(bundle)
        if plain is None:
            self._add(name_of("facts", target) + ".gz", bundle)
        else:
            self._add(name_of("facts", target), *plain)

    def keep_plain(self, target: str, content: bytes, level: int) -> None:
        """The same for a bundle that was not packed yet; gzip of this level makes it one."""
        self._add(name_of("facts", target), content, level)

    def attach(self, name: str, document: Mapping[str, Any] | Sequence[Any]) -> None:
        """Keep a document with the run, by a name of letters: `waivers`, `identities`."""
        if not name.isidentifier():
            raise ValueError(name)
        self._add(f"documents/{name}.json", to_bytes(document))

    def finish(self, run: Run, report: str | None = None) -> Path:
        """Sign and keep the run; returns the folder of its page.

        Raises MissingPrerequisite if the disk is full; then nothing of the run is left.
        """
        if run.id != self.id:
            raise ValueError(f"run {run.id} does not belong in the draft of {self.id}")
        by_target: dict[str, list[Finding]] = defaultdict(list)
        for finding in run.findings:
            by_target[finding.target].append(finding)
        writer = FindingsWriter()
        for target in sorted(by_target):
            self._add(name_of("findings", target), writer.target(target, by_target[target]))
        self._add("rows.json", writer.rows())
        self._add("run.json", to_bytes(info_document(run)))
        subjects = list(self._subjects.values())
        with one_clear_error(self._folder):
            return self._commit(Gathered(run, self._spool, subjects, report))

    def _add(self, name: str, content: bytes, level: int = 0) -> None:
        with one_clear_error(self._folder):
            self._subjects[name] = Subject(name, self._spool.add(content), level)


@contextmanager
def one_clear_error(place: Path) -> Iterator[None]:
    """A full disk, and whatever else the system says of a folder, in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise no_room(place) from error
        raise MissingPrerequisite(
            _("cannot write to {place}: {why}", place=place, why=error.strerror or error)
        ) from error
