"""Which checks are an estate's own: those that answer a requirement of its baselines."""

from __future__ import annotations

from collections.abc import Iterable

from govctl.estate.model import Estate
from policies.catalogue import checks
from policies.model import Check
from policies.requirements import load
from policies.selection import asked_by


def due_checks(estate: Estate) -> tuple[Check, ...]:
    """The checks of an estate's baselines, in the catalogue's order."""
    return due_for(estate.baselines)


def due_for(baselines: Iterable[str]) -> tuple[Check, ...]:
    """The checks of these baselines."""
    return asked_by(map(load, baselines), checks())
