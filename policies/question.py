"""A check as it is put to every target of one kind: all that does not depend on their facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from govctl.texts import msg
from policies.exceptions import exempted
from policies.families import Args, Family, families
from policies.families._verdicts import not_applicable
from policies.model import Check, Verdict
from policies.target import TargetContext
from policies.values import resolve

if TYPE_CHECKING:
    from govctl.estate.model import Need


@dataclass(frozen=True)
class Question:
    """A check in one context; what follows from the two is worked out once, when first asked."""

    check: Check
    context: TargetContext

    @cached_property
    def family(self) -> Family:
        """Who answers; KeyError if there is no such family."""
        return families()[self.check.family]

    @cached_property
    def resolved(self) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Plain arguments, and whose values they are; ValueError if a value cannot be used."""
        return resolve(self.check, self.context)

    @cached_property
    def args(self) -> Args:
        """The family's own arguments; ValidationError if they are none."""
        return _validated(self.check.family, json.dumps(self.resolved[0]))

    @property
    def need(self) -> Need | None:
        """The recorded exception from this check, if there is one."""
        return self.context.needs.get(self.check.id)

    @cached_property
    def requirements(self) -> tuple[str, ...]:
        """Ids of what the check answers, of each baseline at the context's level."""
        check, context = self.check, self.context
        rows = (baseline.find(context.level, key)
                for baseline in context.baselines for key in check.answers)  # fmt: skip
        return tuple(dict.fromkeys(row.id for row in rows if row is not None))

    @cached_property
    def not_due(self) -> Verdict | None:
        """Why the check is not due for targets of this kind, with the proof; None if it is."""
        check, context = self.check, self.context
        if self.need is not None and not self.need.arguments:
            return not_applicable(exempted(self.need))
        traits = set(check.applies.get("unless", ())) & context.traits
        if traits:
            return not_applicable(msg("not due: this target is {traits}", traits=joined(traits)))
        only = check.applies.get("only")
        if only and not set(only) & context.traits:
            wanted = joined(only)
            return not_applicable(msg("due only where a target is {traits}", traits=wanted))
        return None


def questions(checks: Iterable[Check], context: TargetContext) -> tuple[Question, ...]:
    """The same checks for many targets."""
    return tuple(Question(check, context) for check in checks)


def joined(names: Iterable[str]) -> str:
    """Names in a sentence, sorted."""
    return ", ".join(sorted(names))


@lru_cache(maxsize=4096)
def _validated(family: str, args: str) -> Args:
    """Targets of different contexts have the same arguments for most checks."""
    return families()[family].args.model_validate_json(args)
