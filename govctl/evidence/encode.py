"""Runs as JSON and back: the same run always gives the same bytes.

Findings are kept by target, and what a row of checks gives to each of them once for all targets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from govctl.evidence.model import Probe, Run, RunInfo, Versions
from govctl.texts import Bilingual, Message
from policies.model import Finding

SCHEMA = 2
"""Version of these documents; a reader refuses what is newer than itself."""


def to_bytes(document: object) -> bytes:
    """JSON in UTF-8; a lone surrogate (a byte that was no UTF-8) becomes its JSON escape."""
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8", "backslashreplace")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By target, then check: the order everything is stored and reported in."""
    return tuple(sorted(findings, key=lambda finding: (finding.target, finding.check)))


def info_document(run: RunInfo) -> dict[str, Any]:
    """The content of `run.json`."""
    document = {name: value for name, value in vars(run).items() if name != "findings"}
    document |= {
        "schema": SCHEMA,
        "started": moment(run.started),
        "finished": moment(run.finished),
        "versions": asdict(run.versions),
        "probes": [asdict(probe) for probe in run.probes],
    }
    return document


class FindingsWriter:
    """Findings as documents: one for each target, and the rows that they refer to."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}
        self._keys: dict[tuple[Any, ...], list[tuple[Mapping[str, tuple[str, ...]], str]]] = {}

    def target(self, target: str, findings: Iterable[Finding]) -> bytes:
        """What was found on one target, a finding a line, by check."""
        lines = [_dumped(self._line(finding)) for finding in in_order(findings)]
        head = _dumped({"schema": SCHEMA, "target": target})[:-1] + b',"findings":[\n'
        return head + b",\n".join(lines) + b"\n]}\n"

    def rows(self) -> bytes:
        """What the lines refer to, once every target is written."""
        rows = b",\n".join(
            _dumped(key) + b":" + _dumped(self._rows[key]) for key in sorted(self._rows)
        )
        return _dumped({"schema": SCHEMA})[:-1] + b',"rows":{\n' + rows + b"\n}}\n"

    def _line(self, finding: Finding) -> list[Any]:
        reason = finding.reason
        words: list[Any] = [reason.template, dict(reason.values)]
        if isinstance(reason, Bilingual):
            words.append(reason.vi)
        return [self._key(finding), finding.status, words, finding.evidence, finding.waiver]

    def _key(self, finding: Finding) -> str:
        same = (finding.check, finding.severity, finding.requirements, finding.values,
                finding.exception)  # fmt: skip
        known = self._keys.setdefault(same, [])
        for references, key in known:
            if references == finding.references:
                return key
        row = [finding.check, finding.severity, finding.requirements,
               {kind: finding.references[kind] for kind in sorted(finding.references)},
               finding.values]  # fmt: skip
        if finding.exception:
            row.append(finding.exception)
        # Named by what it says and not by its place: a new row leaves every other line as it is.
        key = f"{finding.check}#{hashlib.sha256(_dumped(row)).hexdigest()[:12]}"
        self._rows[key] = row
        known.append((finding.references, key))
        return key


class FindingsReader:
    """The way back."""

    def __init__(self, rows: bytes) -> None:
        self._rows = {
            key: (
                row[0],
                row[1],
                tuple(row[2]),
                {kind: tuple(ids) for kind, ids in row[3].items()},
                tuple(row[4]),
                row[5] if len(row) > 5 else "",
            )
            for key, row in _loaded(rows)["rows"].items()
        }

    def target(self, content: bytes) -> list[Finding]:
        """The findings of one target; KeyError, TypeError or ValueError if they do not fit."""
        document = _loaded(content)
        return [self._finding(document["target"], line) for line in document["findings"]]

    def _finding(self, target: str, line: Sequence[Any]) -> Finding:
        key, status, words, evidence, waiver = line
        check, severity, requirements, references, values, exception = self._rows[key]
        reason = Bilingual(*words) if len(words) > 2 else Message(*words)
        return Finding(
            target, check, status, severity, reason, tuple(evidence), requirements, references,
            waiver, values, exception,
        )  # fmt: skip


def _dumped(document: object) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # a lone surrogate: orjson writes Unicode alone
        return json.dumps(document, separators=(",", ":")).encode("ascii")


def _loaded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:  # the escape of a lone surrogate, or no JSON at all
        return json.loads(content)


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
        probes=tuple(probe_of(row) for row in document["probes"]),
        decisions=dict(document.get("decisions", {})),
    )


def read_findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Findings of schema 1; KeyError, TypeError or ValueError if they do not fit."""
    return tuple(_finding(row) for row in document["findings"])


def with_findings(info: RunInfo, findings: tuple[Finding, ...]) -> Run:
    """The whole run."""
    return Run(**vars(info), findings=findings)


def moment(moment: datetime) -> str:
    """`2026-11-22T04:42:12.345+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def message_of(row: Mapping[str, Any], name: str) -> Message:
    """A text of plain data, by the name that it has there."""
    document = row[name]
    return Bilingual(**document) if "vi" in document else Message(**document)


def probe_of(row: Mapping[str, Any]) -> Probe:
    """A service's answer from plain data."""
    return Probe(
        **{
            **row,
            "question": message_of(row, "question"),
            "reason": message_of(row, "reason"),
            "observed": tuple(row["observed"]),
        }
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        **{
            **row,
            "reason": message_of(row, "reason"),
            "evidence": tuple(row["evidence"]),
            "requirements": tuple(row["requirements"]),
            "references": {kind: tuple(ids) for kind, ids in row["references"].items()},
            "values": tuple(row["values"]),
        }
    )
