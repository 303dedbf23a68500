"""The findings of OSCAL assessment results: one a requirement, one a check that answers none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.entries import Entry
from govctl.reports.oscal_names import Names, prop, token
from govctl.reports.placed import Placed, placed
from govctl.reports.tree import Tree, machines_of
from govctl.reports.visible import one_line, visible
from govctl.reports.words import STATUS_WORDS
from policies.model import Status
from policies.rollup import worst


def findings(
    run: Run, context: Context, found: Sequence[Entry], names: Names
) -> list[dict[str, Any]]:
    """Every observation stands behind at least one of them."""
    tiers = _tiers(run, context)
    by_rule: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        by_rule[entry.rule].append(entry)
    documents = []
    used: set[str] = set()
    for row in placed(run, context):
        clause = row.result.requirement.id
        behind = [
            entry
            for check in row.result.checks
            for entry in by_rule[check]
            if clause in entry.requirements
            and (row.tier is None or tiers.get(entry.target) == row.tier)
        ]
        used |= {names.of("observation", entry) for entry in behind}
        documents.append(_of_requirement(row, behind, context, names))
    for rule, all_of in by_rule.items():
        rest = [entry for entry in all_of if names.of("observation", entry) not in used]
        if rest:
            documents.append(_of_rule(rule, rest, context, names))
    return documents


def _tiers(run: Run, context: Context) -> dict[str, str]:
    if context.estate is None:
        return {}
    tree = Tree(run, context.estate)
    return {machine: tier.id for tier in tree.tiers for machine in machines_of(tier)}


def _of_requirement(
    row: Placed, behind: Sequence[Entry], context: Context, names: Names
) -> dict[str, Any]:
    result = row.result
    requirement = result.requirement
    language = context.language
    parts = (requirement.baseline, str(requirement.level), requirement.key, row.tier or "")
    text = result.reason.render(language)
    if result.left:
        text = f"{text}; {result.left[language]}"
    props = prop("status", result.status) + prop("baseline", requirement.baseline)
    props += prop("level", str(requirement.level)) + prop("clause", requirement.clause)
    props += prop("tier", row.tier or "") + prop("key", requirement.key)
    return {
        "uuid": names.uuid("finding", *parts),
        "title": one_line(f"{requirement.id} {requirement.text[language]}"),
        "description": visible(text),
        "props": props,
        "target": _target(requirement.id, result.status, context),
        **_related(behind, names),
    }


def _of_rule(rule: str, behind: Sequence[Entry], context: Context, names: Names) -> dict[str, Any]:
    status = worst(entry.status for entry in behind)
    title = one_line(behind[0].title.render(context.language))
    return {
        "uuid": names.uuid("finding", "rule", rule),
        "title": title,
        "description": one_line(rule),
        "props": prop("status", status) + prop("check", rule),
        "target": _target(rule, status, context),
        **_related(behind, names),
    }


def _target(name: str, status: Status, context: Context) -> dict[str, Any]:
    reasons = {"pass": "pass", "fail": "fail"}
    return {
        "type": "objective-id",
        "target-id": token(name),
        "status": {
            "state": "satisfied" if status == "pass" else "not-satisfied",
            "reason": reasons.get(status, "other"),
            "remarks": STATUS_WORDS[status].text.render(context.language),
        },
    }


def _related(behind: Iterable[Entry], names: Names) -> dict[str, Any]:
    every = list(behind)
    risks = [names.of("risk", entry) for entry in every if entry.status == "fail"]
    document: dict[str, Any] = {}
    if every:
        document["related-observations"] = [
            {"observation-uuid": names.of("observation", entry)} for entry in every
        ]
    if risks:
        document["related-risks"] = [{"risk-uuid": risk} for risk in risks]
    return document
