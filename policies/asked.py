"""Which paths and texts checks ask for by name, so that one visit can bring them."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Check

_BY_PATH = ("files.permissions",)
_BY_TEXT = ("files.banner", "files.allow-list", "files.shell-timeout")


def asked_paths(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of which owner and mode are judged, sorted."""
    return _paths(checks, _BY_PATH)


def asked_texts(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of small files whose text is judged, sorted."""
    return _paths(checks, _BY_TEXT)


def _paths(checks: Iterable[Check], families: tuple[str, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for check in checks:
        if check.family in families:
            given = check.args.get("paths") or check.args.get("path") or ()
            found.update([given] if isinstance(given, str) else given)
    return tuple(sorted(found))
