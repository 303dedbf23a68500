"""The runs of one estate, one folder each, under `.govctl/runs`.

    <run-id>/run.json          who, when, with what; digests of the other files
             findings.json     by target, then check
             facts/<target>.json.gz   the scanner's bundle, byte for byte
             report.html

A run appears under its id only when it is complete. Nothing here ever changes a finished run.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from govctl.errors import InputError, Problem, UsageError
from govctl.evidence.draft import PARTIAL, Draft, bundle_name, clean_leftovers
from govctl.evidence.encode import SCHEMA, read_findings, read_info, with_findings
from govctl.evidence.model import Run, RunInfo, new_run_id
from govctl.texts import _


class Store:
    """The runs kept in one folder; made when the first run is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, started: datetime) -> Draft:
        """Start a run; use as `with store.begin(now) as draft: … draft.finish(run)`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _exclusive(self.path):  # else one start could clean what another has just made
            clean_leftovers(self.path)
            return Draft(self.path, new_run_id(started))

    def write(self, run: Run, raw: Mapping[str, bytes], report: str | None = None) -> Path:
        """Keep a whole run at once under its own id; returns its folder."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _exclusive(self.path):
            clean_leftovers(self.path)
            draft = Draft(self.path, run.id)
        with draft:
            for target in sorted(raw):
                draft.keep(target, raw[target])
            return draft.finish(run, report)

    def list(self) -> tuple[RunInfo, ...]:
        """Every finished run, oldest first; InputError names each that cannot be read."""
        runs: list[RunInfo] = []
        problems: list[Problem] = []
        for run_id in self._ids():
            try:
                runs.append(read_info(self._document(run_id, "run.json")))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return tuple(runs)

    def latest(self) -> Run | None:
        """The newest finished run; None if there is none."""
        ids = self._ids()
        return self.load(ids[-1]) if ids else None

    def load(self, run_id: str) -> Run:
        """A run with its findings.

        Raises UsageError for an unknown id, InputError for what is damaged, was changed, or was
        written by a newer govctl.
        """
        self._known(run_id)
        document = self._document(run_id, "run.json")
        findings = self._document(run_id, "findings.json", document["files"].get("findings.json"))
        try:
            return with_findings(read_info(document), read_findings(findings))
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(self.path / run_id / "findings.json", str(error)) from error

    def raw(self, run_id: str, target: str) -> bytes | None:
        """What one target gave, byte for byte; None if it gave nothing. Errors as in `load`."""
        self._known(run_id)
        name = bundle_name(target)
        digest = self._document(run_id, "run.json")["files"].get(name)
        if digest is None:
            return None
        return self._bytes(run_id, name, digest)

    def report(self, run_id: str) -> Path | None:
        """Where a run's page stands; None if it has none."""
        self._known(run_id)
        path = self.path / run_id / "report.html"
        return path if path.is_file() else None

    def _ids(self) -> tuple[str, ...]:
        if not self.path.is_dir():
            return ()
        folders = (entry for entry in self.path.iterdir() if entry.is_dir())
        return tuple(sorted(entry.name for entry in folders if not entry.name.startswith(PARTIAL)))

    def _known(self, run_id: str) -> None:
        ids = self._ids()
        if run_id not in ids:
            hint = _("the newest is {run}", run=ids[-1]) if ids else _("no run is kept yet")
            raise UsageError(_("there is no run {run}", run=run_id), hint=hint)

    def _bytes(self, run_id: str, name: str, digest: str | None) -> bytes:
        path = self.path / run_id / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path, error.strerror or str(error)) from error
        if digest is not None and hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(path, _("it is not what this run wrote"))
        return content

    def _document(self, run_id: str, name: str, digest: str | None = None) -> dict[str, Any]:
        path = self.path / run_id / name
        content = self._bytes(run_id, name, digest)
        try:
            document = json.loads(content)
            schema = int(document["schema"])
            if schema <= SCHEMA and name == "run.json":
                read_info(document)
                dict(document["files"])
        except json.JSONDecodeError as error:
            raise _damaged(path, error.msg, error.lineno, error.colno) from error
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _damaged(path, str(error)) from error
        if schema > SCHEMA:
            raise InputError([_newer(path, schema)])
        return document  # type: ignore[no-any-return]


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _damaged(path: Path, why: str, line: int = 0, column: int = 0) -> InputError:
    message = _("this evidence is damaged: {why}", why=why)
    hint = _("restore the run's folder from a backup; govctl does not repair evidence")
    return InputError([Problem(path, line, column, message, hint=hint)])


def _newer(path: Path, schema: int) -> Problem:
    return Problem(
        path,
        0,
        0,
        _("written by a newer govctl (schema {found})", found=schema),
        expected=_("schema {known} or older", known=SCHEMA),
        hint=_("update govctl to read it"),
    )
