"""Recorded exceptions among findings: which checks a component needs not to hold as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from govctl.evidence.sheets import Sheets
from govctl.texts import Message
from policies.model import Finding


@dataclass(frozen=True)
class Excepted:
    """A recorded exception, as far as it changed verdicts."""

    whose: str
    """`network.router`, `system portal.web`."""
    check: str
    targets: tuple[str, ...]
    reason: Message
    """That of the first target; it ends with why the exception is needed."""


def excepted(findings: Iterable[Finding]) -> tuple[Excepted, ...]:
    """By whose they are, then by check. Trees of files have none: no estate says what they are."""
    if isinstance(findings, Sheets):
        return ()
    found: dict[tuple[str, str], dict[str, Message]] = {}
    for finding in findings:
        if finding.exception:
            reasons = found.setdefault((finding.exception, finding.check), {})
            reasons[finding.target] = finding.reason
    return tuple(Excepted(whose, check, tuple(sorted(reasons)), reasons[min(reasons)])
                 for (whose, check), reasons in sorted(found.items()))  # fmt: skip
