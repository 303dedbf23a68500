"""What hardening has changed so far, a line a change: what is left of it when a run is killed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from govctl.evidence.hardening import Change, Hardened, change_of

_NAME = "hardening.jsonl"


class Journal:
    """A file in an estate's folder; it is there from the first change until a run has kept it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def note(self, target: str, change: Change) -> None:
        """Write a change down; it is on disk when this returns."""
        line = json.dumps({"target": target, "change": asdict(change)}) + "\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def left(self) -> tuple[Hardened, ...]:
        """What a run that was stopped has changed; its last line may be cut."""
        if not self._path.exists():
            return ()
        found: dict[str, list[Change]] = {}
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
                change = change_of(row["change"])
                found.setdefault(str(row["target"]), []).append(change)
            except (KeyError, TypeError, ValueError):
                continue
        return tuple(Hardened(target, changes=tuple(changes)) for target, changes in found.items())

    def clear(self) -> None:
        """A run has kept it."""
        self._path.unlink(missing_ok=True)
