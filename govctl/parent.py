"""Programs that the engine starts end with it, also when it is killed and can tell nobody."""

from __future__ import annotations

import os
import threading
import time

INTERVAL = 2.0
"""Seconds between looks."""


def leave_with_parent() -> None:
    """End this process soon after its parent has ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL)
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
