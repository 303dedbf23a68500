"""Which hosts a hardening is at work on and what it has changed there so far, a line each: what is
left of it when a run is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from govctl.evidence.hardening import Change, Hardened, change_of

_NAME = "hardening.jsonl"


class Journal:
    """A file in an estate's folder; it is there from before the first change until a run has kept
    it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def begin(self, runs: Mapping[str, str]) -> None:
        """Write down, by target, the run by whose name it keeps what is changed now. Much is told
        only when all of it is done, and a run that is killed before has to be asked for."""
        self._write({"target": target, "run": run} for target, run in runs.items())

    def note(self, target: str, change: Change) -> None:
        """Write a change down; it is on disk when this returns."""
        self._write([{"target": target, "change": asdict(change)}])

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def left(self) -> tuple[Hardened, ...]:
        """What a run that was stopped has changed, as far as it was told."""
        found: dict[str, list[Change]] = {}
        for row in self._rows():
            with suppress(KeyError, TypeError, ValueError):
                found.setdefault(str(row["target"]), []).append(change_of(row["change"]))
        return tuple(
            Hardened(target, changes=tuple(changes)) for target, changes in found.items() if changes
        )

    def begun(self) -> dict[str, str]:
        """Targets that a run that was stopped was at work on or done with, and its name."""
        found: dict[str, str] = {}
        for row in self._rows():
            found.setdefault(str(row["target"]), "")
            found[str(row["target"])] = str(row.get("run", found[str(row["target"])]))
        return found

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        """Its last line may be cut."""
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    row = json.loads(line)
                    if isinstance(row, dict) and "target" in row:
                        yield row

    def clear(self) -> None:
        """A run has kept it."""
        self._path.unlink(missing_ok=True)
