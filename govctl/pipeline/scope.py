"""What an estate's machines are judged by when a command names checks, baselines or values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from govctl.estate.model import Estate, Machine
from govctl.pipeline.due import due_checks
from policies.context import context_of
from policies.model import Check
from policies.profiles import Chosen, choose
from policies.target import TargetContext


@dataclass(frozen=True)
class Scope:
    """Checks, and what is known of each machine."""

    checks: tuple[Check, ...]
    contexts: Mapping[str, TargetContext]
    """By machine."""


def scope_of(
    estate: Estate,
    machines: Sequence[Machine],
    baselines: Sequence[str] = (),
    patterns: Sequence[str] = (),
    values: Mapping[str, str] | None = None,
) -> Scope:
    """Baselines that are named stand in the place of the estate's own; values win over all others.

    Raises UsageError for what is unknown.
    """
    named = baselines or estate.baselines
    chosen = choose(named, patterns) if baselines or patterns else None
    contexts = {machine.id: context_of(estate, machine, values=values) for machine in machines}
    if chosen is not None and baselines:
        is_level_named = any(name.rpartition(":")[2].isdecimal() for name in baselines)
        contexts = {
            name: _judged_by(chosen, context, chosen.level if is_level_named else context.level)
            for name, context in contexts.items()
        }
    return Scope(chosen.checks if chosen else due_checks(estate), contexts)


def _judged_by(chosen: Chosen, context: TargetContext, level: int) -> TargetContext:
    return replace(context, baselines=chosen.baselines, profiles=chosen.profiles, level=level)
