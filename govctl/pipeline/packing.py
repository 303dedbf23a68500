"""What came of a target, as small and as finished as one process can send it to another."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from govctl.evidence.sheets import Sheet
from govctl.pipeline.judging import Judging
from govctl.reports.json_report import packed_results
from govctl.texts import current_language
from policies.model import Finding, Status
from scanners.host.model import HostFacts


@dataclass(frozen=True)
class Packed:
    """One target's verdicts, and each finding as a line of JSON."""

    verdicts: bytes = field(repr=False)
    statuses: Mapping[Status, int]
    results: bytes = field(repr=False)


def packed(judging: Judging, facts: HostFacts) -> Packed:
    """Judge and pack, in the process that has the facts."""
    verdicts = judging.verdicts(facts)
    findings = judging.recorded(facts.target, verdicts)
    return Packed(pickle.dumps(verdicts), _statuses(findings), _results(findings))


def sheet(target: str, judging: Judging, came: Packed) -> Sheet:
    """The same for reports, under the name that the target has there."""

    def unpack() -> list[Finding]:
        return judging.recorded(target, pickle.loads(came.verdicts))  # noqa: S301 - our own

    return Sheet(target, came.statuses, came.results, unpack)


def unreached(target: str, judging: Judging, reason: str) -> Sheet:
    """A target without facts; the reason is in words already."""
    findings = judging.unreached(target, reason)
    return Sheet(target, _statuses(findings), _results(findings), lambda: findings)


def _statuses(findings: Sequence[Finding]) -> Mapping[Status, int]:
    return Counter(finding.status for finding in findings)


def _results(findings: Sequence[Finding]) -> bytes:
    return packed_results(findings, current_language())
