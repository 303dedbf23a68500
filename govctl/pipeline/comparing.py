"""Two kept runs of an estate, compared with what the estate is today."""

from __future__ import annotations

from pathlib import Path

from govctl.errors import InputError, UsageError
from govctl.estate import load
from govctl.evidence.store import Store
from govctl.pipeline.differences import Differences, differences
from govctl.pipeline.own_checks import use_checks_of
from govctl.texts import _
from policies.catalogue import checks
from policies.context import context_of
from policies.target import TargetContext


def compared(folder: Path, store: Store, first: str, second: str) -> Differences:
    """What differs. UsageError for an unknown run, or if no machine is the same in both."""
    one, other = store.load(store.named(first)), store.load(store.named(second))
    contexts = _contexts(folder)
    found = differences(store, one, other, checks(), contexts)
    both = set(one.targets) & set(other.targets)
    if not both - set(found.refused):
        reasons = "; ".join(f"{name}: {why}" for name, why in found.refused.items())
        raise UsageError(
            _("the two runs are of other machines: {reasons}", reasons=reasons)
            if reasons
            else _("the two runs have no machine in common"),
        )
    return found


def _contexts(folder: Path) -> dict[str, TargetContext]:
    """What is asked of each machine today; nothing if the estate cannot be read any more."""
    try:
        use_checks_of(folder)
        estate = load(folder)
    except (InputError, UsageError):
        return {}  # then a verdict is explained by what is kept alone
    return {machine.id: context_of(estate, machine) for machine in estate.machines}
