"""One file of `profiles/`, as it is written."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ProfileFile(BaseModel):
    """Sections, recommendations or rules, the values they set, and the files they include."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: dict[str, str]
    includes: tuple[str, ...] = ()
    cis: frozenset[str] = frozenset()
    anssi: frozenset[str] = frozenset()
    ssg: frozenset[str] = frozenset()
    leaves_out: frozenset[str] = frozenset()
    values: dict[str, str] = Field(default_factory=dict)


def read(path: Path) -> ProfileFile:
    """A shipped file; ValidationError if it is none."""
    text = path.read_text(encoding="utf-8")
    return ProfileFile.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506 - a safe loader
