"""Which facts checks are judged by: the rest need not be collected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policies.families import families
from policies.model import Check
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages
from scanners.host.facts.system import System
from scanners.host.model import Source

_ALWAYS = (System, Packages)
"""What decides whether a check is due at all (`applies`, `kernel`)."""


def sources_for(checks: Iterable[Check]) -> tuple[Source[Any], ...]:
    """The sources of the facts that these checks need or are helped by, in their usual order."""
    known = families()
    wanted: set[type[Any]] = set(_ALWAYS)
    for name in {check.family for check in checks}:
        wanted.update(known[name].needs, known[name].helps)
    return tuple(source for source in SOURCES if source.fact in wanted)
