"""What a server does wrongly if asked twice at once is asked by one of this host at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import gettempdir


@contextmanager
def alone(what: str) -> Iterator[None]:
    """One at a time on this host, whichever process or thread asks for it."""
    folder = Path(gettempdir()) / f"govctl-{os.getuid()}-locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / what, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)
