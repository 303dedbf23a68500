"""When a scan fails a pipeline: from which severity on, for what is new, below which coverage."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.errors import InputError, Problem, UsageError
from govctl.reports.words import SEVERITY_WORDS
from govctl.texts import Message, _, msg
from policies.model import SEVERITIES, Finding, Severity

if TYPE_CHECKING:
    from govctl.evidence.model import Run

Failing = frozenset[tuple[str, str]]
"""Target and check of every finding that failed before and was not accepted."""
_EXPECTED = "govctl scan … --format json"


@dataclass(frozen=True)
class Gate:
    """What is asked; without anything, whatever fails counts."""

    fail_on: Severity = "low"
    before: Failing | None = None
    """What failed in the run to compare with; None: everything counts as new."""
    min_coverage: float | None = None
    """Percent of the results that have to say something: pass, fail or not applicable."""

    @property
    def is_plain(self) -> bool:
        """True if nothing was asked."""
        return self == Gate()


@dataclass(frozen=True)
class Outcome:
    """What the gate says."""

    exit_code: int
    reasons: tuple[Message, ...]


def judge(run: Run, gate: Gate) -> Outcome:
    """4 if something was not reached, else 1 if the gate is shut, else 0."""
    statuses = {finding.status for finding in run.findings}
    statuses |= {probe.status for probe in run.probes}
    counted = [finding for finding in run.findings if _counts(finding, gate)]
    silent = sum(probe.status == "fail" for probe in run.probes)
    reasons = []
    if counted:
        reasons.append(_said(len(counted), gate))
    if silent:
        reasons.append(
            msg("1 service does not answer as it should")
            if silent == 1
            else msg("{count} services do not answer as they should", count=silent)
        )
    if gate.min_coverage is not None:
        found = coverage(run.findings)
        if found < gate.min_coverage:
            reasons.append(
                msg("{found} % of the results say something, and {wanted} % are asked for",
                    found=_percent(found), wanted=_percent(gate.min_coverage))
            )  # fmt: skip
    if "unreachable" in statuses:
        return Outcome(4, tuple(reasons))
    return Outcome(1 if reasons else 0, tuple(reasons))


def coverage(findings: Collection[Finding]) -> float:
    """Percent of the results that say something; 0 if there is none: nothing was looked at."""
    from policies.rollup import tally  # noqa: PLC0415 - few ask for a coverage

    counts = tally(findings)
    return 100 * counts.evaluated / counts.total if counts.total else 0.0


def failing(findings: Iterable[Finding]) -> Failing:
    """What failed in a kept run, but for accepted risks: once its waiver ends such a one is new."""
    return frozenset((one.target, one.check) for one in findings if one.is_open)


def failing_in(path: Path) -> Failing:
    """The same of a file that `--format json` wrote. Raises InputError for anything else."""
    try:
        document = json.loads(path.read_bytes())
        if document["schema"] != "govctl/scan/1":
            raise ValueError(document["schema"])
        return frozenset(
            (str(one["target"]), str(one["check"]))
            for one in document["results"]
            if one["status"] == "fail" and not one.get("waiver")
        )
    except OSError as error:
        raise UsageError(
            _("cannot read {path}: {reason}", path=path, reason=error.strerror)
        ) from error
    except json.JSONDecodeError as error:
        message = _("this is no result of a scan: {why}", why=error.msg)
        found = Problem(path, error.lineno, error.colno, message, expected=_EXPECTED)
        raise InputError([found]) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        message = _("this is no result of a scan")
        raise InputError([Problem(path, 0, 0, message, expected=_EXPECTED)]) from error


def _counts(finding: Finding, gate: Gate) -> bool:
    if finding.status != "fail" or finding.waiver is not None:
        return False
    if SEVERITIES.index(finding.severity) < SEVERITIES.index(gate.fail_on):
        return False
    return gate.before is None or (finding.target, finding.check) not in gate.before


def _said(count: int, gate: Gate) -> Message:
    severity = SEVERITY_WORDS[gate.fail_on].render()
    if gate.before is None and count == 1:
        return msg("1 finding fails, of severity {severity} or worse", severity=severity)
    if gate.before is None:
        return msg("{count} findings fail, of severity {severity} or worse",
                   count=count, severity=severity)  # fmt: skip
    if count == 1:
        return msg("1 finding fails that did not before, of severity {severity} or worse",
                   severity=severity)  # fmt: skip
    return msg("{count} findings fail that did not before, of severity {severity} or worse",
               count=count, severity=severity)  # fmt: skip


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
