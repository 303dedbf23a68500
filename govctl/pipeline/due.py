"""Which checks are an estate's own: those that its baselines and profiles ask for."""

from __future__ import annotations

from collections.abc import Iterable

from govctl.estate.model import Estate
from policies.catalogue import checks
from policies.model import Check
from policies.profiles import asked, split


def due_checks(estate: Estate) -> tuple[Check, ...]:
    """The checks of an estate's baselines and profiles, in the catalogue's order."""
    return due_for(estate.baselines)


def due_for(baselines: Iterable[str]) -> tuple[Check, ...]:
    """The checks of these baselines and profiles."""
    return asked(*split(baselines), checks())
