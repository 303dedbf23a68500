"""Which paths and texts checks ask for by name, so that one visit can bring them."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Check
from policies.values import defaults

_BY_PATH = ("files.permissions", "homes.trust", "homes.dot-files", "audit.program")
_BY_TEXT = ("files.banner", "files.allow-list", "settings.ini")
_ONE_EACH = ("path", "allow", "deny")


def asked_paths(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of which owner and mode are judged, sorted."""
    return _named(checks, _BY_PATH)


def asked_texts(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of small files whose text is judged, sorted."""
    return _named(checks, _BY_TEXT)


def _named(checks: Iterable[Check], families: tuple[str, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for check in checks:
        if check.family in families:
            args = defaults(check.args)
            found.update(args.get("paths", ()))
            found.update(args[name] for name in _ONE_EACH if name in args)
    return tuple(sorted(found))
