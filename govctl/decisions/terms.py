"""How long a decision may hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from govctl.estate.model import Span
from govctl.estate.moments import later
from govctl.texts import _
from policies.model import Requirement

PERIODS: Mapping[str, Span] = {
    "Y": Span(months=12),
    "6M": Span(months=6),
    "Q": Span(months=3),
    "M": Span(months=1),
    "W": Span(days=7),
}
"""How often a requirement is reviewed at least, as the baselines' tables write it."""


def period_of(requirement: Requirement) -> Span | None:
    """How long an attestation of it may hold; None if the requirement itself sets no period."""
    return PERIODS.get(requirement.period)


def too_late(start: datetime, end: datetime, longest: Span) -> str | None:
    """The latest end that was expected, in words; None if the end is not later than that."""
    limit = later(start, longest)
    return (
        _("at most {moment}", moment=limit.isoformat(timespec="minutes")) if end > limit else None
    )
