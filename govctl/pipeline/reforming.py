"""A reform of units: the estate moves, and what persons decided for it moves with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from govctl.decisions.reform import moved
from govctl.estate.model import Estate
from govctl.estate.reform import DEFAULT, Report, reform
from govctl.files import write_whole


def reform_all(folder: Path, table: str | Path = DEFAULT, target: str | None = None) -> Report:
    """Move the estate of a folder and its decisions; arguments and errors are those of `reform`.

    InputError too if a decision would cover other machines than before; then nothing has changed.
    """

    def decisions(before: Estate, after: Estate, follower: Callable[[str], str]) -> None:
        texts = moved(home, before, after, follower, datetime.now(UTC))
        for file, text in texts.items():
            target = file.resolve()
            write_whole(target, text, target.stat().st_mode & 0o777)

    home = folder if folder.is_dir() else folder.parent
    return reform(folder, table, target=target, first=decisions)
