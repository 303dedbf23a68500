"""`--format json`: the shape that pipelines rely on, published as `schema/scan-1.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from govctl.evidence.encode import in_order
from govctl.evidence.model import Run, RunInfo
from govctl.reports.context import Context
from govctl.reports.tree import coverage
from govctl.reports.visible import escaped
from govctl.texts import Language
from policies.model import Finding

SCHEMA_ID = "govctl/scan/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "scan-1.json"


def scan_document(run: Run, language: Language | None = None) -> dict[str, Any]:
    """The document as plain data; reasons in one language, that of this process by default."""
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
        "results": [_result(finding, language) for finding in in_order(run.findings)],
    }


def render_json(run: Run, language: Language | None = None) -> str:
    """The document as text that ends with a newline: the same run gives the same bytes."""
    document = scan_document(run, language)
    # A result a line: the encoder that indents takes four times as long, and a province has many.
    lines = [json.dumps(result, ensure_ascii=False) for result in document["results"]]
    head = json.dumps({**document, "results": None}, ensure_ascii=False, indent=2)
    listed = "[\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "[]"
    text = head.removesuffix("null\n}") + listed + "\n}\n"
    # A byte that was no UTF-8 came in as a lone surrogate; it leaves as its JSON escape.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def render(run: Run, context: Context) -> bytes:
    """The same as bytes; what a terminal would obey is written as `\\u…`."""
    return escaped(render_json(run, context.language)).encode("utf-8")


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
    return {
        "target": finding.target,
        "check": finding.check,
        "status": finding.status,
        "severity": finding.severity,
        "reason": finding.reason.render(language),
        "references": {kind: list(ids) for kind, ids in sorted(finding.references.items())},
        "requirements": list(finding.requirements),
        "values": list(finding.values),
        "waiver": finding.waiver,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
