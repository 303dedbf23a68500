"""Version numbers as programs say them."""

from __future__ import annotations

import re

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """The first `1.2.3` of a text (`1.2` means `1.2.0`)."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def dotted(version: Version) -> str:
    """`3.259.0`."""
    return ".".join(str(part) for part in version)
