"""Which facts checks are judged by: the rest need not be collected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policies.asked import asked_units
from policies.judged_by import fact_names
from policies.model import Check
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages, Units, units_named
from scanners.host.facts.system import System
from scanners.host.model import Source

_ALWAYS = (System, Packages)
"""What decides whether a check is due at all (`applies`, `kernel`)."""


def sources_for(checks: Iterable[Check]) -> tuple[Source[Any], ...]:
    """The sources of the facts that these checks need or are helped by, in their usual order."""
    every = tuple(checks)
    wanted = fact_names(check.family for check in every) | {one.__name__ for one in _ALWAYS}
    return tuple(_narrowed(one, every) for one in SOURCES if one.fact.__name__ in wanted)


def every_source(checks: Iterable[Check]) -> tuple[Source[Any], ...]:
    """The sources of all facts, so that any of these checks can be judged, now or later."""
    every = tuple(checks)
    return tuple(_narrowed(source, every) for source in SOURCES)


def _narrowed(source: Source[Any], checks: tuple[Check, ...]) -> Source[Any]:
    return units_named(asked_units(checks)) if source.fact is Units else source
