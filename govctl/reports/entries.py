"""What a run says, as one list for every format that lists: nothing that it says is missing there.

Beside the findings these are the services that were asked, and the targets that gave no result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from govctl.evidence.model import Probe, Run
from govctl.reports.coverage import coverage
from govctl.reports.decisions import AcceptedRisk, accepted_risks, when
from govctl.texts import Bilingual, Message, msg
from policies.model import Check, Finding, Severity, Status

SERVICE = "service:"
"""Begins the rule of an entry about a service; the rest is the service's own name."""
NO_RESULT = "no-result"
"""The rule of an entry for a target of which nothing came back."""


@dataclass(frozen=True)
class Entry:
    """A verdict on one target, by whatever rule."""

    target: str
    rule: str
    """A check's id, `service:portal.web`, or `no-result`."""
    status: Status
    severity: Severity | None
    """None where no check's row says it."""
    title: Message
    """What holds if it passes."""
    reason: Message
    evidence: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    waiver: str | None = None
    """By what the risk was accepted: the waiver's id, and what the run recorded of it."""

    @property
    def accepted(self) -> bool:
        """True for a failure whose risk was accepted; it stays a failure."""
        return self.status == "fail" and self.waiver is not None


def entries(run: Run, checks: Mapping[str, Check]) -> tuple[Entry, ...]:
    """By target, then rule, then title: the same run gives the same list."""
    known = {risk.id: _told(risk) for risk in accepted_risks(run)}
    found = [_of_finding(one, checks.get(one.check), known) for one in run.findings]
    found += [_of_probe(probe) for probe in run.probes]
    found += [_of_silence(target) for target in coverage(run).no_result]
    return tuple(sorted(found, key=lambda one: (one.target, one.rule, one.title.render("en"))))


def title_of(check: Check | None, name: str) -> Message:
    """What a check asks; its id where this version does not have it any more."""
    return Bilingual(check.text["en"], vi=check.text["vi"]) if check else Bilingual(name, vi=name)


def _told(risk: AcceptedRisk) -> str:
    return f"{risk.id}: {risk.reason} ({risk.approver.name}, → {when(risk.until)})"


def _of_finding(finding: Finding, check: Check | None, risks: Mapping[str, str]) -> Entry:
    return Entry(
        target=finding.target,
        rule=finding.check,
        status=finding.status,
        severity=finding.severity,
        title=title_of(check, finding.check),
        reason=finding.reason,
        evidence=finding.evidence,
        requirements=finding.requirements,
        references=finding.references,
        values=finding.values,
        waiver=risks.get(finding.waiver, finding.waiver) if finding.waiver else None,
    )


def _of_probe(probe: Probe) -> Entry:
    return Entry(
        target=probe.target,
        rule=f"{SERVICE}{probe.service}",
        status=probe.status,
        severity=None,
        title=probe.question,
        reason=probe.reason,
        evidence=probe.observed,
    )


def _of_silence(target: str) -> Entry:
    return Entry(
        target=target,
        rule=NO_RESULT,
        status="not-evaluated",
        severity=None,
        title=msg("the target gives a result"),
        reason=msg("nothing came back from this target"),
    )
