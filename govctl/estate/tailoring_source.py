"""How a person tailors baselines in `estate.yaml`: stricter, more, or left out with a reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from govctl.estate.piece import Name, Source
from govctl.estate.values import wrong
from govctl.texts import _

Reason = Annotated[str, Field(min_length=8, max_length=300)]
Levels = Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(max_length=5)]


class ChangeSource(Source):
    """What is made stricter of one requirement of the baselines, or that it is left out."""

    threshold: str | None = Field(default=None, min_length=1)
    """Such as `log_retention>=24 months`; what it does not name stays as it is."""
    period: Literal["W", "M", "Q", "6M", "Y"] | None = None
    """At least once a week, month, quarter, half-year or year."""
    strength: Literal["required", "equivalent-allowed"] | None = None
    levels: Levels = ()
    """Where it counts; every level if left out."""
    left_out: Reason | None = None
    """The reason why it is not followed; only the top of the estate can do this, and reports say
    that the baseline asks for it all the same."""

    @model_validator(mode="after")
    def _says_something(self) -> ChangeSource:
        tighter = (self.threshold, self.period, self.strength)
        if (self.left_out is not None) == any(one is not None for one in tighter):
            message = _("a change makes a requirement stricter, or leaves it out")
            names = "threshold, period, strength, left out"
            raise wrong(message, _("one of: {names}", names=names))
        return self


class AdditionSource(Source):
    """A requirement of the organisation's own."""

    key: str = Field(pattern=r"^[a-z0-9_]+([.-][a-z0-9_]+)*$")
    """What your own checks name in `answers`, such as `own.screen-filter`."""
    clause: str = Field(min_length=1, max_length=60)
    """Where it is written: `QĐ 12 4.2`."""
    text: Name
    levels: Levels = ()
    """Where it counts; every level if left out."""
    threshold: str = ""
    period: Literal["", "W", "M", "Q", "6M", "Y"] = ""
    evidence: Literal["host-scan", "network-probe", "service-probe", "iac", "document",
                      "periodic-record", "interview"] = "document"  # fmt: skip
    group: str = "own"


class TailoringSource(Source):
    """How the estate, a unit with all below it, or a system changes the baselines."""

    unit: str | None = None
    system: str | None = None
    changes: dict[str, ChangeSource] = Field(default_factory=dict)
    """By the key of the requirement; a lower tier may only ask for more than it inherits."""
    adds: tuple[AdditionSource, ...] = ()
    has_no: dict[str, Reason] = Field(default_factory=dict)
    """What is not there, with the reason, so that its requirements do not apply: `dhcp`, `email`,
    `mobile devices` …"""

    @model_validator(mode="after")
    def _one_scope(self) -> TailoringSource:
        if self.unit is not None and self.system is not None:
            message = _("tailoring is for the whole estate, a unit or a system")
            raise wrong(message, _("at most one of: {names}", names="unit, system"))
        return self
