"""What judges now: versions and digests, so that a later reader knows whether the rules changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from govctl.evidence.model import Versions
from policies.catalogue import own
from policies.requirements import FOLDER, path_of


def versions(baselines: Iterable[str]) -> Versions:
    """What judges now."""
    return Versions(
        govctl=version("govctl"),
        checks=_digest_of_checks(),
        baselines={name: _digest_of(name) for name in baselines},
    )


def _digest_of_checks() -> str:
    shipped = _digest("policies/checks")
    if not own():
        return shipped
    return hashlib.sha256(f"{shipped} {own()!r}".encode()).hexdigest()


def _digest_of(name: str) -> str:
    """Of a table of the organisation's own: of its file as it is now."""
    if ":" not in name and (path := path_of(name)).parent != FOLDER:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return _digest(place_of(name))


def place_of(name: str) -> str:
    """Where a baseline's table lies, or the tables that a profile is made of."""
    family, colon, _level = name.partition(":")
    return f"policies/profiles/{family}" if colon else f"policies/baselines/{name}.csv"


@cache
def _digest(place: str) -> str:
    package, _, rest = place.partition("/")
    root = Path(str(files(package))) / rest
    paths = sorted(root.rglob("*.yaml")) if root.is_dir() else [root]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
