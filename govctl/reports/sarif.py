"""`--format sarif`: SARIF 2.1.0 (OASIS), for code scanning and whatever gathers findings.

A check is a rule, a finding a result. What did not fail stands there too, by SARIF's own `kind`, so
that nothing is silent; an accepted risk is a failure with a suppression, never a pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.coverage import coverage
from govctl.reports.entries import NO_RESULT, Entry, entries
from govctl.reports.laid_out import laid_out
from govctl.reports.sarif_places import Places
from govctl.reports.sarif_rules import LEVELS, rules
from govctl.reports.sarif_taxonomies import Taxonomies
from govctl.reports.tree import Tree
from govctl.reports.visible import visible
from govctl.reports.words import STATUS_WORDS
from govctl.texts import msg
from policies.model import Status

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_KINDS: Mapping[Status, str] = {
    "pass": "pass",
    "fail": "fail",
    "not-applicable": "notApplicable",
    "not-evaluated": "open",
    "unreachable": "open",
}
"""SARIF 3.27.9: `open` is what could not be decided for want of information."""
_EXIT_CODES = {
    0: msg("nothing fails"),
    1: msg("something fails"),
    4: msg("a target could not be reached"),
}


def render(run: Run, context: Context) -> bytes:
    """The log as UTF-8; the same run and context give the same bytes."""
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run, context)]}
    return laid_out(document, levels=4)


def fingerprint(entry: Entry) -> str:
    """What stays the same while the same thing is wrong: check, target and arguments; no times.

    64 hexadecimal digits.
    """
    title = "" if entry.severity else entry.title.render("en")  # a service answers many questions
    parts = (entry.rule, entry.target, title, *entry.values)
    joined = json.dumps(parts, ensure_ascii=True)
    return hashlib.sha256(joined.encode("ascii")).hexdigest()


def message(text: str) -> dict[str, str]:
    """A message's text: braces are doubled, or they would be placeholders (SARIF 3.11.5)."""
    return {"text": visible(text).replace("{", "{{").replace("}", "}}")}


def _run(run: Run, context: Context) -> dict[str, Any]:
    found = entries(run, context.checks)
    taxonomies = Taxonomies(run, context)
    described = rules(found, context, taxonomies)
    places = Places(run, context)
    positions = {rule["id"]: number for number, rule in enumerate(described)}
    waived = any(entry.accepted for entry in found)
    driver = {
        "name": "govctl",
        "version": run.versions.govctl,
        "language": context.language,
        "rules": described,
        "supportedTaxonomies": taxonomies.references(),
    }
    document = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"govctl/{run.estate or 'scan'}/{run.id}"},
        "invocations": [_invocation(run, context)],
        "language": context.language,
        "taxonomies": taxonomies.components(),
        "originalUriBaseIds": places.bases(),
        "logicalLocations": places.logical(),
        "results": (
            _result(entry, positions[visible(entry.rule)], context, places, taxonomies, waived)
            for entry in found
        ),
        "properties": {"run": run.id, "estate": run.estate, "coverage": _coverage(run, context)},
    }
    if context.revision:
        document["versionControlProvenance"] = [
            {
                "repositoryUri": context.revision.repository,
                "revisionId": context.revision.revision,
                **({"branch": context.revision.branch} if context.revision.branch else {}),
            }
        ]
    return {name: value for name, value in document.items() if value}


def _result(
    entry: Entry,
    position: int,
    context: Context,
    places: Places,
    taxonomies: Taxonomies,
    waived: bool,
) -> dict[str, Any]:
    kind = _KINDS[entry.status]
    digest = fingerprint(entry)
    result: dict[str, Any] = {
        "ruleId": visible(entry.rule),
        "ruleIndex": position,
        "kind": kind,
        # Only what fails has a level (3.27.10).
        "level": LEVELS[entry.severity] if kind == "fail" else "none",
        "message": message(entry.reason.render(context.language)),
        "locations": places.of(entry),
        # The second is the name that GitHub looks for.
        "partialFingerprints": {"govctl/v1": digest, "primaryLocationLineHash": f"{digest[:16]}:1"},
        "taxa": taxonomies.of_clauses(entry.requirements),
        "properties": _properties(entry, context),
    }
    if waived:  # if one result says it, each has to (3.27.23)
        result["suppressions"] = [_suppression(entry.waiver)] if entry.accepted else []
    return result


def _suppression(waiver: str | None) -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": visible(waiver or "")}


def _properties(entry: Entry, context: Context) -> dict[str, Any]:
    said = {
        "target": visible(entry.target),
        "status": entry.status,
        "verdict": STATUS_WORDS[entry.status].text.render(context.language),
        "title": visible(entry.title.render(context.language)),
        "severity": entry.severity,
        "evidence": [visible(line) for line in entry.evidence],
        "values": [visible(value) for value in entry.values],
    }
    return {name: value for name, value in said.items() if value}


def _invocation(run: Run, context: Context) -> dict[str, Any]:
    account, _at, machine = run.who.partition("@")
    looked = coverage(run)
    document: dict[str, Any] = {
        "executionSuccessful": not looked.unreachable and not looked.no_result,
        "exitCode": context.exit_code,
        "startTimeUtc": _moment(run.started),
        "endTimeUtc": _moment(run.finished),
        "arguments": [visible(word) for word in run.command],
        "account": visible(account),
        "machine": visible(machine),
    }
    meaning = _EXIT_CODES.get(context.exit_code)
    if meaning:
        document["exitCodeDescription"] = meaning.render(context.language)
    told = [("unreachable", msg("this target could not be reached: {name}", name=name))
            for name in looked.unreachable]  # fmt: skip
    told += [(NO_RESULT, msg("nothing came back from this target: {name}", name=name))
             for name in looked.no_result]  # fmt: skip
    if told:
        document["toolExecutionNotifications"] = [
            {
                "level": "error",
                "message": message(text.render(context.language)),
                "descriptor": {"id": kind},
            }
            for kind, text in told
        ]
    return document


def _coverage(run: Run, context: Context) -> dict[str, Any]:
    looked = Tree(run, context.estate).coverage if context.estate else coverage(run)
    return {
        "targets": len(looked.targets),
        "reached": looked.reached,
        "unreachable": [visible(name) for name in looked.unreachable],
        "withoutResult": [visible(name) for name in looked.no_result],
        "notInRun": [visible(name) for name in looked.not_in_run],
        "results": looked.results,
        "evaluated": looked.evaluated,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
