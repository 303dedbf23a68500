"""Recorded exceptions among findings: which checks a component needs not to hold as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from govctl.evidence.sheets import Sheets
from policies.model import Finding


@dataclass(frozen=True)
class Excepted:
    """A recorded exception, as far as it changed verdicts."""

    whose: str
    """`network.router`, `system portal.web`."""
    check: str
    targets: tuple[str, ...]


def excepted(findings: Iterable[Finding]) -> tuple[Excepted, ...]:
    """By whose they are, then by check. Trees of files have none: no estate says what they are."""
    if isinstance(findings, Sheets):
        return ()
    found: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        if finding.exception:
            found.setdefault((finding.exception, finding.check), []).append(finding.target)
    return tuple(Excepted(whose, check, tuple(sorted(targets)))
                 for (whose, check), targets in sorted(found.items()))  # fmt: skip
