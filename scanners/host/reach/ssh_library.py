"""paramiko, loaded without what it needs for one keyword alone.

`Match exec` of ssh_config(5) is run by `invoke`, which takes longer to load than the rest of
paramiko. It does without where there is none, and gets it when a configuration asks for it.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import Any

_RUNNER = "invoke"
_lock = threading.Lock()


def load() -> None:
    """Import paramiko; whoever imports it first calls this before."""
    if "paramiko.config" in sys.modules:
        return
    with _lock:
        modules: dict[str, Any] = sys.modules
        known = {_RUNNER: modules[_RUNNER]} if _RUNNER in modules else {}
        modules[_RUNNER] = None  # which makes its import fail, and paramiko expects that
        try:
            import_module("paramiko")
        finally:
            del modules[_RUNNER]
            modules.update(known)


def enable_exec() -> None:
    """Let paramiko run the commands of `Match exec`. ImportError if it cannot."""
    vars(import_module("paramiko.config"))[_RUNNER] = import_module(_RUNNER)
