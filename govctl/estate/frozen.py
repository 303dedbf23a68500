"""What every piece of the estate's model has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """What crosses a door: typed, closed, immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Text(Frozen):
    """A text for people in both languages."""

    vi: str
    en: str
