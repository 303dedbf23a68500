"""sudoers, with its includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SudoRule:
    """A user specification."""

    who: str
    tags: frozenset[str]
    commands: str
    file: str
    line: int


@dataclass(frozen=True)
class Sudo:
    """What sudo would read."""

    installed: bool
    defaults: Mapping[str, str]
    """Option → last value; flags `"1"`, negated flags `"0"`."""
    rules: tuple[SudoRule, ...]
