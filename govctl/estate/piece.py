"""What every model of a file that a person writes has in common.

Keys are words: a field `bridge_points` is the key `bridge points`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def words(field: str) -> str:
    """The key of a field: `bridge points` for `bridge_points`, `from` for `from_`."""
    return field.rstrip("_").replace("_", " ")


class Source(BaseModel):
    """A closed, strict, frozen piece of a file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=words, defer_build=True
    )


class NameSource(Source):
    """A text in both languages."""

    vi: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)


def _both(value: Any) -> Any:
    return {"vi": value, "en": value} if isinstance(value, str) else value


Name = Annotated[
    NameSource,
    BeforeValidator(_both, json_schema_input_type=str | NameSource),
]
