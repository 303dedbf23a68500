"""`--format json`: the shape that pipelines rely on, published as `schema/scan-1.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from govctl.evidence.encode import in_order
from govctl.evidence.model import Run, RunInfo
from govctl.evidence.sheets import Sheet, Sheets
from govctl.reports.context import Context
from govctl.reports.coverage import coverage
from govctl.reports.decisions import AcceptedRisk, accepted_risks
from govctl.reports.exceptions import Excepted, excepted
from govctl.reports.visible import escaped
from govctl.texts import Language, current_language
from policies.model import Finding

SCHEMA_ID = "govctl/scan/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "scan-1.json"


def scan_document(run: Run, language: Language | None = None) -> dict[str, Any]:
    """The document as plain data; reasons in one language, that of this process by default."""
    results = [_result(finding, language) for finding in in_order(run.findings)]
    return {**_head(run), "results": results}


def render(run: Run, context: Context) -> bytes:
    """The document, ending with a newline; what a terminal would obey is written as `\\u…`."""
    return _written(run, context.language)


def render_json(run: Run, language: Language | None = None) -> str:
    """The same as text, in this process's language by default."""
    return _written(run, language or current_language()).decode()


def _written(run: Run, language: Language) -> bytes:
    # A result a line: the encoder that indents takes four times as long, and a province has many.
    listed = b",\n    ".join(_lines(run.findings, language))
    head = json.dumps({**_head(run), "results": None}, ensure_ascii=False, indent=2)
    start = _bytes(head.removesuffix("null\n}"))
    return b"".join((start, b"[\n    " if listed else b"[", listed,
                     b"\n  ]\n}\n" if listed else b"]\n}\n"))  # fmt: skip


def packed_results(findings: Iterable[Finding], language: Language) -> bytes:
    """The results of one target, a line each, by check, without the target that each begins with:
    what it is called may not be known yet."""
    ordered = sorted(findings, key=lambda finding: finding.check)
    return _bytes("\n".join(_judged_line(finding, language) for finding in ordered))


def _lines(findings: Sequence[Finding], language: Language) -> Iterator[bytes]:
    """Results by target, then check; several may come together."""
    if not isinstance(findings, Sheets) or findings.language != language:
        for finding in in_order(findings):
            yield _bytes(_encoded(_result(finding, language)))
        return
    by_target: dict[str, list[Sheet]] = {}
    for sheet in findings.sheets:
        by_target.setdefault(sheet.target, []).append(sheet)
    for target, sheets in sorted(by_target.items()):
        if len(sheets) > 1:  # one tree, judged twice by different checks
            yield from _lines([one for sheet in sheets for one in sheet.unpack()], language)
        elif sheets[0].results:
            begin = _bytes(f'{{"target": {_encoded(target)}, ')
            yield begin + sheets[0].results.replace(b"\n{", b",\n    " + begin)[1:]


_encoded = json.JSONEncoder(ensure_ascii=False).encode


def _bytes(text: str) -> bytes:
    """UTF-8; a byte that was no UTF-8 came in as a lone surrogate and leaves as its JSON escape."""
    return escaped(text).encode()


def _head(run: Run) -> dict[str, Any]:
    looked = coverage(run)
    return {
        "schema": SCHEMA_ID,
        "run": _run(run),
        "coverage": {
            "targets": len(looked.targets),
            "reached": looked.reached,
            "unreachable": list(looked.unreachable),
            "without_result": list(looked.no_result),
            "results": looked.results,
            "evaluated": looked.evaluated,
        },
        "waivers": [_waiver(one) for one in accepted_risks(run)],
        "exceptions": [_exception(one) for one in excepted(run.findings)],
    }


def _run(run: RunInfo) -> dict[str, Any]:
    return {
        "id": run.id,
        "estate": run.estate,
        "estate_digest": run.estate_digest,
        "started": _moment(run.started),
        "finished": _moment(run.finished),
        "who": run.who,
        "command": list(run.command),
        "versions": {
            "govctl": run.versions.govctl,
            "checks": run.versions.checks,
            "baselines": dict(sorted(run.versions.baselines.items())),
        },
    }


def _result(finding: Finding, language: Language | None) -> dict[str, Any]:
    return {"target": finding.target, **_judged(finding, language)}


def _judged(finding: Finding, language: Language | None) -> dict[str, Any]:
    return {
        **_said(finding, language),
        **_asked(tuple(finding.references.items()), finding.requirements),
        **_held(finding.values, finding.waiver, finding.exception),
    }


def _judged_line(finding: Finding, language: Language) -> str:
    """The same as JSON; what many targets have alike is written once."""
    said = _inside(_said(finding, language))
    asked = _asked_line(tuple(finding.references.items()), finding.requirements)
    held = _held_line(finding.values, finding.waiver, finding.exception)
    return f"{{{said}, {asked}, {held}}}"


def _said(finding: Finding, language: Language | None) -> dict[str, Any]:
    return {
        "check": finding.check,
        "status": finding.status,
        "severity": finding.severity,
        "reason": finding.reason.render(language),
    }


def _asked(
    references: tuple[tuple[str, tuple[str, ...]], ...], requirements: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "references": {kind: list(ids) for kind, ids in sorted(references)},
        "requirements": list(requirements),
    }


def _held(values: tuple[str, ...], waiver: str | None, exception: str) -> dict[str, Any]:
    return {"values": list(values), "waiver": waiver, "exception": exception or None}


@lru_cache(maxsize=4096)
def _asked_line(
    references: tuple[tuple[str, tuple[str, ...]], ...], requirements: tuple[str, ...]
) -> str:
    return _inside(_asked(references, requirements))


@lru_cache(maxsize=4096)
def _held_line(values: tuple[str, ...], waiver: str | None, exception: str) -> str:
    return _inside(_held(values, waiver, exception))


def _inside(fields: dict[str, Any]) -> str:
    """JSON without its braces; a text alone is encoded far quicker than in a mapping."""
    return ", ".join(f"{_encoded(name)}: {_encoded(value)}" for name, value in fields.items())


def _exception(one: Excepted) -> dict[str, Any]:
    return {"whose": one.whose, "check": one.check, "targets": list(one.targets)}


def _waiver(one: AcceptedRisk) -> dict[str, Any]:
    return {
        "id": one.id,
        "what": list(one.what),
        "at": one.at,
        "owner": {"name": one.owner.name, "unit": one.owner.unit},
        "approver": {"name": one.approver.name, "unit": one.approver.unit},
        "reason": one.reason,
        "measure": one.measure,
        "until": one.until.isoformat(),
        "expiring": one.expiring,
        "results": one.findings,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
