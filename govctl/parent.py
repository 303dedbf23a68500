"""What the programs that the engine starts have in common.

They end with it, also when it is killed and can tell nobody; and it reads at once what they write.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time

INTERVAL = 2.0
"""Seconds between looks."""


def write_at_once() -> None:
    """Let what this process writes to its output reach the reader at once.

    Pulumi's SDK writes its port there and does not flush. Its own launchers set PYTHONUNBUFFERED;
    without that the engine would wait for the port for ever.
    """
    raw = open(1, "wb", buffering=0, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = io.TextIOWrapper(raw, write_through=True)


def leave_with_parent() -> None:
    """End this process soon after its parent has ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL)
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
