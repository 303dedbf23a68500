"""Runs as JSON and back: the same run always gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from govctl.evidence.model import Probe, Run, RunInfo, Versions
from govctl.texts import Bilingual, Message
from policies.model import Finding

SCHEMA = 1
"""Version of `run.json` and `findings.json`; a reader refuses what is newer than itself."""


def to_bytes(document: object) -> bytes:
    """JSON in UTF-8; a lone surrogate (a byte that was no UTF-8) becomes its JSON escape."""
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8", "backslashreplace")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By target, then check: the order everything is stored and reported in."""
    return tuple(sorted(findings, key=lambda finding: (finding.target, finding.check)))


def info_document(run: RunInfo, files: Mapping[str, str]) -> dict[str, Any]:
    """The content of `run.json`; `files` are the other files of the run with their SHA-256."""
    document = {name: value for name, value in vars(run).items() if name != "findings"}
    document |= {
        "schema": SCHEMA,
        "started": _moment(run.started),
        "finished": _moment(run.finished),
        "versions": asdict(run.versions),
        "probes": [asdict(probe) for probe in run.probes],
        "files": dict(files),
    }
    return document


def findings_document(findings: Iterable[Finding]) -> dict[str, Any]:
    """The content of `findings.json`."""
    return {"schema": SCHEMA, "findings": [asdict(finding) for finding in in_order(findings)]}


def read_info(document: Mapping[str, Any]) -> RunInfo:
    """A run from its `run.json`; KeyError, TypeError or ValueError if it does not fit."""
    return RunInfo(
        id=document["id"],
        estate=document["estate"],
        estate_digest=document["estate_digest"],
        started=datetime.fromisoformat(document["started"]),
        finished=datetime.fromisoformat(document["finished"]),
        versions=Versions(**document["versions"]),
        who=document["who"],
        command=tuple(document["command"]),
        language=document["language"],
        targets=tuple(document["targets"]),
        probes=tuple(_probe(row) for row in document["probes"]),
        decisions=dict(document.get("decisions", {})),
    )


def read_findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Findings from their `findings.json`; KeyError, TypeError or ValueError if they do not fit."""
    return tuple(_finding(row) for row in document["findings"])


def with_findings(info: RunInfo, findings: tuple[Finding, ...]) -> Run:
    """The whole run."""
    return Run(**vars(info), findings=findings)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _message(row: Mapping[str, Any], name: str) -> Message:
    document = row[name]
    return Bilingual(**document) if "vi" in document else Message(**document)


def _probe(row: Mapping[str, Any]) -> Probe:
    return Probe(
        **{
            **row,
            "question": _message(row, "question"),
            "reason": _message(row, "reason"),
            "observed": tuple(row["observed"]),
        }
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        **{
            **row,
            "reason": _message(row, "reason"),
            "evidence": tuple(row["evidence"]),
            "requirements": tuple(row["requirements"]),
            "references": {kind: tuple(ids) for kind, ids in row["references"].items()},
            "values": tuple(row["values"]),
        }
    )
