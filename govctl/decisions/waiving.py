"""Which failures are accepted risks at a moment. They stay failures; only that is noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from govctl.decisions.model import Waiver
from govctl.decisions.named import is_covered
from policies.model import Check, Finding
from policies.target import TargetContext


def waive(
    findings: Iterable[Finding],
    waivers: Sequence[Waiver],
    checks: Iterable[Check],
    contexts: Mapping[str, TargetContext],
    now: datetime,
) -> list[Finding]:
    """The findings, in their order, each failure with the waiver that accepts it at this moment.

    Of several the one that holds longest. Only `fail` can be accepted: of what was not evaluated or
    not reached nobody knows what would be.
    """
    by_target: dict[str, list[Waiver]] = {}
    for waiver in sorted(waivers, key=lambda one: (one.end, one.id), reverse=True):
        if waiver.holds(now):
            for machine in waiver.at.machines:
                by_target.setdefault(machine, []).append(waiver)
    rows = {check.id: check for check in checks}
    result = []
    for finding in findings:
        found = None
        if finding.status == "fail" and finding.target in by_target:
            candidates = by_target[finding.target]
            check, context = rows.get(finding.check), contexts.get(finding.target)
            found = next((one for one in candidates if _covers(one, finding, check, context)), None)
        result.append(replace(finding, waiver=found.id) if found else finding)
    return result


def _covers(
    waiver: Waiver, finding: Finding, check: Check | None, context: TargetContext | None
) -> bool:
    if finding.check in waiver.checks:
        return True
    if check is None or context is None:
        return False
    return is_covered(check, context.level, context.baselines, waiver.rows)
