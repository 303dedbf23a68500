"""What patching has begun and done so far, a line each: what is left of it when a run is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from govctl.pipeline.patch.patch_document import patched_document, updates_document
from govctl.pipeline.patch.patch_state import PatchState
from govctl.pipeline.patch.patching import Patched

SCHEMA = 1
_NAME = "patching.jsonl"


class PatchJournal:
    """A file in an estate's folder; it is there from the first work until a run has kept it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def begin(self, states: Iterable[PatchState]) -> None:
        """Work begins on these machines; it is on disk when this returns."""
        began = datetime.now(UTC).isoformat(timespec="seconds")
        self._write(
            {"machine": state.target, "began": began, "updates": updates_document(state)}
            for state in states
        )

    def note(self, done: Patched) -> None:
        """A machine has answered what came of one step."""
        self._write([{"machine": done.target, "patched": patched_document(done, logs=True)}])

    def left(self) -> tuple[dict[str, Any], ...]:
        """What a run that was stopped had begun, by machine, and the last that each answered; None
        if it answered nothing. The last line may be cut."""
        if not self._path.exists():
            return ()
        found: dict[str, dict[str, Any]] = {}
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
                known: dict[str, Any] = {"began": None, "updates": [], "patched": None}
                before = found.get(str(row["machine"]), known)
                found[str(row["machine"])] = {**before, **row}
            except (KeyError, TypeError, ValueError):
                continue
        return tuple(found.values())

    def clear(self) -> None:
        """A run has kept it."""
        self._path.unlink(missing_ok=True)

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write("".join(f"{json.dumps(row)}\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())


def interrupted_document(
    left: Sequence[Mapping[str, Any]], states: Mapping[str, PatchState]
) -> dict[str, Any]:
    """What is kept of it; `states`: how the machines stand now, if they were looked at."""
    machines = [{**row, "now": _versions(row, states.get(row["machine"]))} for row in left]
    return {"schema": SCHEMA, "machines": machines}


def _versions(row: Mapping[str, Any], state: PatchState | None) -> dict[str, str | None] | None:
    """The version of each package that was due; None if nobody knows."""
    if state is None or not state.versions:
        return None
    return {one["package"]: state.versions.get(one["package"]) for one in row["updates"]}
