"""What every model of a file that a person writes has in common.

Keys are words: a field `bridge_points` is the key `bridge points`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


def words(field: str) -> str:
    """The key of a field: `bridge points` for `bridge_points`, `from` for `from_`."""
    return field.rstrip("_").replace("_", " ")


class Source(BaseModel):
    """A closed, strict, frozen piece of a file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=words, defer_build=True
    )
