"""Office files with the same bytes for the same content: the times in them are the given one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

_UNIX = 3
_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first moment that a ZIP file can tell (APPNOTE 4.4.6)."""


def fixed(package: bytes, moment: datetime, parts: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP package whose entries all bear `moment` (UTC); `parts` stand in for entries of it."""
    parts = parts or {}
    stamp = max(moment.astimezone(UTC), _FIRST).timetuple()[:6]
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as written:
        for entry in source.infolist():
            content = parts.get(entry.filename, source.read(entry))
            named = zipfile.ZipInfo(entry.filename, stamp)
            named.compress_type = zipfile.ZIP_DEFLATED
            named.create_system = _UNIX
            named.external_attr = 0o600 << 16
            written.writestr(named, content)
    return target.getvalue()
