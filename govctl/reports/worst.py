"""Which failures to look at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from policies.model import SEVERITIES, Finding, Severity


@dataclass(frozen=True)
class WorstCheck:
    """A check that fails, and where."""

    check: str
    severity: Severity
    targets: tuple[str, ...]


def worst_checks(findings: Iterable[Finding]) -> tuple[WorstCheck, ...]:
    """Failing checks: gravest first, then by how many machines fail, then by name."""
    failing: dict[tuple[Severity, str], list[str]] = defaultdict(list)
    for finding in findings:
        if finding.status == "fail":
            failing[finding.severity, finding.check].append(finding.target)
    rows = [WorstCheck(c, severity, tuple(sorted(t))) for (severity, c), t in failing.items()]
    return tuple(sorted(rows, key=_rank))


def _rank(row: WorstCheck) -> tuple[int, int, str]:
    return (-SEVERITIES.index(row.severity), -len(row.targets), row.check)
