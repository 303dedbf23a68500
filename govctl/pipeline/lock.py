"""One run at a time per estate; the kernel releases the lock of a run that is killed."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from govctl.errors import LockedError
from govctl.texts import _


@contextmanager
def exclusive(folder: Path, command: str) -> Iterator[None]:
    """Hold `<folder>/lock`; LockedError says who holds it, since when and doing what."""
    path = folder / "lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                _("another run is at work on this estate: {holder}", holder=_holder(path)),
                hint=_("wait for it, or stop that process; its lock ends with it"),
            ) from None
        file.truncate(0)
        json.dump(
            {
                "user": getpass.getuser(),
                "host": os.uname().nodename,
                "pid": os.getpid(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
                "command": command,
            },
            file,
        )
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return _(
            "{user} on {host}, process {pid}, `{command}` since {since}",
            **{name: str(held[name]) for name in ("user", "host", "pid", "command", "since")},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "?"
