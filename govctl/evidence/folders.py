"""Runs of earlier versions of govctl: a folder each, read as they were written.

<run-id>/run.json          who, when, with what; digests of the other files
         findings.json     by target, then check
         facts/<target>.json.gz
         report.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govctl.errors import InputError, Problem
from govctl.evidence.database import newer
from govctl.evidence.draft import name_of
from govctl.evidence.encode import read_findings, read_info, with_findings
from govctl.evidence.model import Run
from govctl.texts import _

_SCHEMA = 1


@dataclass(frozen=True)
class OldRun:
    """A run, and what its targets gave."""

    run: Run
    raw: dict[str, bytes]


def old_runs(path: Path) -> Iterator[OldRun | Problem]:
    """Every run kept in folders, oldest first; a Problem for each that is damaged.

    Raises InputError if one was written by a newer govctl.
    """
    if not path.is_dir():
        return
    for folder in sorted(path.iterdir()):
        if not folder.name.startswith(".") and (folder / "run.json").is_file():
            try:
                yield _read(folder)
            except _Damaged as error:
                yield error.problem


class _Damaged(Exception):
    def __init__(self, path: Path, why: str, line: int = 0, column: int = 0) -> None:
        super().__init__(why)
        message = _("this evidence is damaged: {why}", why=why)
        self.problem = Problem(path, line, column, message)


def _read(folder: Path) -> OldRun:
    document = _document(folder / "run.json", None)
    try:
        files = {str(name): str(digest) for name, digest in document["files"].items()}
        info = read_info(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _Damaged(folder / "run.json", str(error)) from error
    findings = _document(folder / "findings.json", files.get("findings.json"))
    try:
        run = with_findings(info, read_findings(findings))
    except (KeyError, TypeError, ValueError) as error:
        raise _Damaged(folder / "findings.json", str(error)) from error
    raw = {}
    for target in run.targets:
        name = f"{_stem(target)}.json.gz"
        if name in files:
            raw[target] = _bytes(folder / name, files[name])
    return OldRun(run, raw)


def _stem(target: str) -> str:
    return name_of("facts", target).removesuffix(".json")


def _document(path: Path, digest: str | None) -> dict[str, Any]:
    content = _bytes(path, digest)
    try:
        document = json.loads(content)
        schema = int(document["schema"])
    except json.JSONDecodeError as error:
        raise _Damaged(path, error.msg, error.lineno, error.colno) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _Damaged(path, str(error)) from error
    if schema > _SCHEMA:
        raise InputError([newer(path, schema)])
    return document  # type: ignore[no-any-return]


def _bytes(path: Path, digest: str | None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _Damaged(path, error.strerror or str(error)) from error
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise _Damaged(path, _("it is not what this run wrote"))
    return content
