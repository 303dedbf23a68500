"""Rows that nobody asked for, and that a role must write all the same.

A role writes one file for its theme, of the rows that it is given. Whoever hardens by a few checks
would lose what the file says for others; so a role also gets the other rows that hold now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.catalogue import checks as catalogue
from policies.judge import judge
from policies.model import Check, Finding
from policies.target import TargetContext
from scanners.host.model import HostFacts

_OURS = b"govctl"


def companions(
    findings: Iterable[Finding],
    chosen: Sequence[Check],
    others: Iterable[Check],
    facts: HostFacts,
    context: TargetContext,
) -> list[Finding]:
    """Findings of `others` that hold on one target, where a chosen check of their role fails.

    They are judged with the same context, so that what an estate asks for is written again.
    """
    failing = {finding.check for finding in findings if finding.is_open}
    roles = {check.fix for check in chosen if check.id in failing and check.fix}
    known = {check.id for check in chosen}
    asked = [one for one in others if one.fix in roles and one.id not in known]
    return [one for one in judge(facts, asked, context) if one.status == "pass"] if asked else []


def joined(chosen: Sequence[Check], findings: Iterable[Finding]) -> tuple[Check, ...]:
    """Chosen checks and those of the findings, in the catalogue's order: a file keeps its order."""
    wanted = {check.id for check in chosen} | {finding.check for finding in findings}
    known = tuple(check for check in catalogue() if check.id in wanted)
    return known + tuple(check for check in chosen if check not in known)


def is_hardened(facts: HostFacts) -> bool:
    """True if a file that was read here is one that govctl wrote, or wrote a part of."""
    return any(
        _OURS.decode() in path or _OURS in (file.content or b"")
        for path, file in facts.raw.files.items()
    )
