"""What is known of a target beside its facts: what it answers to, and with which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policies.model import Profile
from policies.requirements import Baseline

if TYPE_CHECKING:
    from govctl.estate.model import Need

CONTAINER = "container"
"""The trait of a target whose kernel is another machine's, which a tree of files cannot tell."""


@dataclass(frozen=True)
class TargetContext:
    """What the estate or the command line knows of a target that its own facts do not tell."""

    level: int = 1
    """1 to 5: the level whose requirements it answers to."""
    baselines: tuple[Baseline, ...] = ()
    traits: frozenset[str] = frozenset()
    """`router`, `image`, the machine's kind and its role: what `applies:` in a check may name."""
    needs: Mapping[str, Need] = field(default_factory=dict)
    """Check id → the recorded exception from it."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What this run sets, by the name of a value (`listeners_allowed`) or of a public rule's
    variable; it wins over everything."""
    estate: Mapping[str, str] = field(default_factory=dict)
    """What the estate sets, by the same names; it replaces what profiles set."""
    profiles: tuple[Profile, ...] = ()
    """Of their values, each for the checks it asks for, and the baselines' thresholds the strictest
    counts."""
