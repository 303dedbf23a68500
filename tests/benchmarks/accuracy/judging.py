"""Our verdicts on a container, as if it owned its kernel: that is what the rival takes it for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policies.judge import judge
from policies.model import Check, Finding
from scanners.host.collect import facts_from
from scanners.host.facts.audit import AuditRules
from scanners.host.facts.system import System
from scanners.host.model import HostFacts, Missing

_OWNER = "none"
"""What systemd-detect-virt says on hardware."""


def judged(facts: HostFacts, checks: Sequence[Check]) -> list[Finding]:
    """One finding for every check.

    A container may not ask the kernel for its audit rules, and we say so; the rival reads only the
    files. So that there is something to compare, these are judged from the files alone.
    """
    stored = facts_from(replace(facts.raw, live=False), facts.target, facts.taken_at)
    rules: dict[type[object], object] = {
        kind: value for kind, value in stored.values.items() if kind is AuditRules
    }
    return judge(_as_owner(replace(facts, values={**facts.values, **rules})), checks)


def _as_owner(facts: HostFacts) -> HostFacts:
    system = facts.get(System)
    if isinstance(system, Missing):
        return facts
    return replace(facts, values={**facts.values, System: replace(system, virtualisation=_OWNER)})
