"""`--format oscal`: NIST OSCAL 1.1 assessment results as JSON.

An observation is a verdict on one target, a finding what the observations say of one requirement, a
risk a failure: open, or with its deviation approved where the risk was accepted. A requirement is
`satisfied` only if it passes; everything else is `not-satisfied` with its reason, for OSCAL has no
third word, and a doubt is no pass. Identifiers follow from the run's, so that the same run gives
the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.coverage import coverage
from govctl.reports.entries import Entry, entries
from govctl.reports.laid_out import laid_out
from govctl.reports.oscal_findings import findings
from govctl.reports.oscal_names import Names, prop
from govctl.reports.tree import Tree
from govctl.reports.visible import one_line, visible
from govctl.texts import msg

VERSION = "1.1.3"


def render(run: Run, context: Context) -> bytes:
    """The document as UTF-8; the same run and context give the same bytes."""
    return laid_out(_document(run, context), levels=5)


def _document(run: Run, context: Context) -> dict[str, Any]:
    names = Names(run)
    plan = names.uuid("plan")
    words = run.versions
    title = f"govctl {run.estate or 'scan'} {run.id}"
    about = [f"govctl {words.govctl}", f"checks {words.checks}"]
    about += [f"{name} {digest}" for name, digest in sorted(words.baselines.items())]
    return {
        "assessment-results": {
            "uuid": names.uuid("document"),
            "metadata": {
                "title": title,
                "last-modified": _moment(run.finished),
                "version": run.id,
                "oscal-version": VERSION,
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [_result(run, context, names, title)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": msg("the checks and baselines of this run").render(
                            context.language
                        ),
                        "description": "\n".join(about),
                    }
                ]
            },
        }
    }


def _result(run: Run, context: Context, names: Names, title: str) -> dict[str, Any]:
    found = entries(run, context.checks)
    failing = [entry for entry in found if entry.status == "fail"]
    made = findings(run, context, found, names)
    controls = list(dict.fromkeys(one["target"]["target-id"] for one in made))
    document = {
        "uuid": names.uuid("result"),
        "title": title,
        "description": _described(run, context),
        "start": _moment(run.started),
        "end": _moment(run.finished),
        "props": _coverage(run, context),
        "local-definitions": {"inventory-items": _inventory(found, names)},
        "reviewed-controls": {"control-selections": [_selection(controls)]},
        "observations": (_observation(entry, run, context, names) for entry in found),
        "risks": (_risk(entry, context, names) for entry in failing),
        "findings": made,
    }
    empty = {"local-definitions": not found, "observations": not found, "risks": not failing}
    return {name: one for name, one in document.items() if one and not empty.get(name)}


def _selection(controls: Sequence[str]) -> dict[str, Any]:
    if not controls:
        return {"include-all": {}}
    return {"include-controls": [{"control-id": control} for control in controls]}


def _described(run: Run, context: Context) -> str:
    looked = coverage(run)
    return msg(
        "looked at {reached} of {targets} machines · {evaluated} of {results} checks evaluated",
        reached=looked.reached,
        targets=len(looked.targets),
        evaluated=looked.evaluated,
        results=looked.results,
    ).render(context.language)


def _coverage(run: Run, context: Context) -> list[dict[str, str]]:
    looked = Tree(run, context.estate).coverage if context.estate else coverage(run)
    props = prop("run", run.id) + prop("by", run.who) + prop("command", " ".join(run.command))
    props += prop("targets", str(len(looked.targets))) + prop("reached", str(looked.reached))
    for name, targets in (
        ("unreachable", looked.unreachable),
        ("without-result", looked.no_result),
        ("not-in-run", looked.not_in_run),
    ):
        for target in targets:
            props += prop(name, target)
    return props


def _inventory(found: Sequence[Entry], names: Names) -> list[dict[str, Any]]:
    targets = dict.fromkeys(entry.target for entry in found)
    return [
        {
            "uuid": names.uuid("target", target),
            "description": visible(target) or "-",
            "props": prop("target", target),
        }
        for target in targets
    ]


def _observation(entry: Entry, run: Run, context: Context, names: Names) -> dict[str, Any]:
    language = context.language
    props = prop("status", entry.status) + prop("check", entry.rule)
    props += prop("severity", entry.severity or "")
    for value in entry.values:
        props += prop("value", value)
    document: dict[str, Any] = {
        "uuid": names.of("observation", entry),
        "title": one_line(entry.title.render(language)),
        "description": visible(entry.reason.render(language)),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "subjects": [
            {"subject-uuid": names.uuid("target", entry.target), "type": "inventory-item"}
        ],
        "collected": _moment(run.started),
    }
    if entry.evidence:
        document["relevant-evidence"] = [
            {"description": visible(line)} for line in entry.evidence if line.strip()
        ] or [{"description": "-"}]
    return document


def _risk(entry: Entry, context: Context, names: Names) -> dict[str, Any]:
    language = context.language
    title = one_line(f"{entry.target}: {entry.title.render(language)}")
    props = prop("severity", entry.severity or "") + prop("check", entry.rule)
    reason = visible(entry.reason.render(language))
    accepted = msg("accepted risk").render(language)
    return {
        "uuid": names.of("risk", entry),
        "title": title,
        "description": reason,
        "statement": f"{accepted}: {visible(entry.waiver or '')}" if entry.accepted else reason,
        "props": props,
        "status": "deviation-approved" if entry.accepted else "open",
        "related-observations": [{"observation-uuid": names.of("observation", entry)}],
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
