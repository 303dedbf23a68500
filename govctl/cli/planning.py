"""A plan in words: first a sentence about sites and paths, and only then a list."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from govctl.texts import _, current_language
from stacks.changes import Change

if TYPE_CHECKING:
    from govctl.estate.model import Estate, Unit
    from govctl.pipeline.provision import Plan

SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
SHOWN = 40
"""Lines of the list; `--format json` has them all."""


def as_text(planned: Plan, estate: Estate) -> str:
    """The plan for a person."""
    if planned.is_empty and not planned.refusals:
        return _("nothing to change: {count} resources stand as described", count=planned.unchanged)
    lines = [" · ".join(_sentence(planned, estate)), ""]
    visible = [change for change in planned.changes if change.kind != "Provider"]
    lines += [_line(change) for change in visible[:SHOWN]]
    if len(visible) > SHOWN:
        lines.append(_("  … and {count} more (--format json has all)", count=len(visible) - SHOWN))
    lines += [
        _("  - {kind} {name} (left by an interrupted run)", kind=orphan.kind, name=orphan.name)
        for orphan in planned.orphans
    ]
    if planned.images:
        lines += ["", _("images to build first: {roles}", roles=", ".join(planned.images))]
    lines.append("")
    if planned.refusals:
        lines.append(_("refused by the plan policies:"))
        lines += [f"  ✗ {r.policy}: {r.reason}" for r in planned.refusals]
    else:
        lines.append(_("the plan policies allow it"))
    return "\n".join(lines)


def as_json(planned: Plan) -> str:
    """The plan for a program."""
    return json.dumps(
        {
            "schema": 1,
            "estate": planned.estate,
            "digest": planned.digest,
            "changes": [
                {
                    "operation": change.operation,
                    "type": change.type,
                    "name": change.name,
                    "stack": change.stack,
                    "fields": list(change.fields),
                }
                for change in planned.changes
            ],
            "unchanged": planned.unchanged,
            "paths": {"opens": planned.opens, "closes": planned.closes},
            "images": list(planned.images),
            "orphans": [{"kind": o.kind, "name": o.name} for o in planned.orphans],
            "refusals": [
                {"policy": r.policy, "resource": r.resource, "reason": r.reason}
                for r in planned.refusals
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _sentence(planned: Plan, estate: Estate) -> list[str]:
    touched, new = _touched_sites(planned, estate)
    parts = []
    for tier in estate.tiers:
        sites = [site for site in estate.sites if estate.unit(site.unit).tier == tier]
        same = [site for site in sites if site.id not in touched]
        if same:
            parts.append(_("{count} sites of tier {tier} unchanged", count=len(same), tier=tier))
        fresh = [estate.unit(site.unit) for site in sites if site.id in new]
        if fresh:
            parts.append(_("{count} new: {names}", count=len(fresh), names=_names(fresh)))
        changed = [estate.unit(s.unit) for s in sites if s.id in touched and s.id not in new]
        if changed:
            parts.append(_("{count} changed: {names}", count=len(changed), names=_names(changed)))
    parts.append(
        _("opens {opens} paths, closes {closes}", opens=planned.opens, closes=planned.closes)
    )
    counts: Counter[str] = Counter(change.operation for change in planned.changes)
    words = {
        "create": _("{count} resources to create", count=counts["create"]),
        "update": _("{count} to update", count=counts["update"]),
        "replace": _("{count} to replace", count=counts["replace"]),
        "delete": _("{count} to delete", count=counts["delete"] + len(planned.orphans)),
    }
    shown = [
        words[name] for name in words if counts[name] or (name == "delete" and planned.orphans)
    ]
    return [*parts, *shown]


def _touched_sites(planned: Plan, estate: Estate) -> tuple[set[str], set[str]]:
    """Sites that something happens at, and among them the new ones."""
    machines = {machine.id: machine.site for machine in estate.machines}
    zones = {zone.id: zone.site for zone in estate.zones if zone.site}
    sites = {site.id for site in estate.sites}
    touched: set[str] = set()
    new: set[str] = set()
    for change in planned.changes:
        site = machines.get(change.name) or zones.get(change.name)
        if site is None and change.kind == "Site" and change.name in sites:
            site = change.name
            if change.operation == "create":
                new.add(site)
        if site is not None:
            touched.add(site)
    return touched, new


def _names(units: list[Unit], limit: int = 3) -> str:
    language = current_language()
    names = [unit.name.vi if language == "vi" else unit.name.en for unit in units]
    more = f" +{len(names) - limit}" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _line(change: Change) -> str:
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    return f"  {SIGNS.get(change.operation, ' ')} {change.kind.lower()} {change.name}{fields}"
