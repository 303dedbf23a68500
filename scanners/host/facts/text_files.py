"""Small files whose text itself is judged: banners, at.allow, cron.allow …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TextFiles:
    """Path → decoded text; a path that is not here does not exist."""

    texts: Mapping[str, str]
