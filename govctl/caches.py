"""Where this user's caches lie. Known before anything costly is imported, so it is plain text."""

from __future__ import annotations

import os


def folder() -> str:
    """`$XDG_CACHE_HOME/govctl`, or `~/.cache/govctl` (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return f"{base}/govctl"
