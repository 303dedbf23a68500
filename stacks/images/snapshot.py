"""The state of the mirror that an image was made from, by its signed index files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

_FIELD = re.compile(r"^(Codename|Date):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_ENDINGS = ("_InRelease", "_Release")


@dataclass(frozen=True, order=True)
class Suite:
    """One suite of the mirror as it was."""

    codename: str
    """`bookworm-security`."""
    date: str
    """When the archive signed it, in its own words."""
    sha256: str
    """Of the signed file, which names a digest of every package."""


def suites(lists: Path) -> tuple[Suite, ...]:
    """The suites that a folder of package lists (`/var/lib/apt/lists`) holds, sorted."""
    found = (path for path in lists.iterdir() if path.name.endswith(_ENDINGS) and path.is_file())
    return tuple(sorted(_suite(path.read_bytes()) for path in found))


def snapshot_digest(found: Iterable[Suite]) -> str:
    """One digest for the state of a mirror; empty where nothing is known of it."""
    rows = [asdict(one) for one in found]
    if not rows:
        return ""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def _suite(content: bytes) -> Suite:
    fields = dict(_FIELD.findall(content.decode(errors="replace")))
    digest = hashlib.sha256(content).hexdigest()
    return Suite(fields.get("Codename", ""), fields.get("Date", ""), digest)
