"""What a scan must collect so that checks can be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policies.families import families
from policies.model import Check
from scanners.host.facts.software import Packages
from scanners.host.facts.system import System

_PATHS, _TEXTS = "files.permissions", ("files.banner", "files.allow-list")


@dataclass(frozen=True)
class Needs:
    """Fact types, and the paths and texts (globs) that checks ask for by name."""

    facts: frozenset[type[Any]]
    paths: tuple[str, ...]
    texts: tuple[str, ...]


def needs(checks: Iterable[Check]) -> Needs:
    """Everything that these checks look at; identity and packages are always among it."""
    every = tuple(checks)
    facts = {need for check in every for need in families()[check.family].needs}
    paths = {path for check in every if check.family == _PATHS for path in check.args["paths"]}
    texts = {
        check.args[name]
        for check in every
        if check.family in _TEXTS
        for name in ("path", "allow", "deny")
        if name in check.args
    }
    return Needs(frozenset({*facts, System, Packages}), tuple(sorted(paths)), tuple(sorted(texts)))
