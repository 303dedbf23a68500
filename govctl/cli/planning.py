"""A plan in words: first a sentence about sites and paths, and only then a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from govctl.cli.wording import hanging, joined, kind_word, units_of_tier
from govctl.reports.console_parts import name_of
from govctl.texts import Message, _, counted, msg
from stacks.changes import Change

if TYPE_CHECKING:
    from govctl.estate.model import Estate, Unit
    from govctl.pipeline.provision import Plan

SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
SHOWN = 40
"""Lines of the list; `--format json` has them all."""
_COUNTS: Mapping[str, tuple[Message, Message]] = {
    "create": (msg("1 resource to create"), msg("{count} resources to create")),
    "update": (msg("1 resource to update"), msg("{count} resources to update")),
    "replace": (msg("1 resource to replace"), msg("{count} resources to replace")),
    "delete": (msg("1 resource to delete"), msg("{count} resources to delete")),
}


def as_text(planned: Plan, estate: Estate, following: str | None = None) -> str:
    """The plan for a person, and the command that carries it out."""
    if planned.is_empty and not planned.refusals:
        return counted(
            planned.unchanged,
            msg("nothing to change: 1 resource stands as described"),
            msg("nothing to change: {count} resources stand as described"),
        )
    visible = [change for change in planned.changes if not change.is_engines]
    lines = [joined(_sentence(planned, visible, estate)), ""]
    lines += [_line(change) for change in visible[:SHOWN]]
    if len(visible) > SHOWN:
        lines.append(_("  … and {count} more (--format json has all)", count=len(visible) - SHOWN))
    lines += [
        _("  - {kind} {name} (left by an interrupted run)", kind=kind_word(o.kind), name=o.name)
        for o in planned.orphans
    ]
    if planned.images:
        lines += ["", _("images to build first: {roles}", roles=", ".join(planned.images))]
    lines.append("")
    if planned.refusals:
        lines.append(_("refused by the plan policies:"))
        lines += [hanging(f"  ✗ {r.policy}: {r.reason}", 4) for r in planned.refusals]
    else:
        lines.append(_("the plan policies allow it"))
        lines += [_("next: {command}", command=following)] if following else []
    return "\n".join(lines)


def as_document(planned: Plan) -> dict[str, object]:
    """The plan for a program."""
    return {
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
    }


def _sentence(planned: Plan, visible: Sequence[Change], estate: Estate) -> Iterator[str]:
    yield from _places(planned, estate)
    yield _paths(planned.opens, planned.closes)
    counts: Counter[str] = Counter(change.operation for change in visible)
    counts["delete"] += len(planned.orphans)
    for operation, (one, many) in _COUNTS.items():
        if counts[operation]:
            yield counted(counts[operation], one, many)


def _places(planned: Plan, estate: Estate) -> Iterator[str]:
    """What happens to the units of each tier: how many stay, which are new, which change."""
    touched, new, gone = _sites(planned, estate)
    for tier in (*estate.tiers, None):
        units = [
            unit
            for unit in estate.units
            if unit.tier == tier and any(site.unit == unit.id for site in estate.sites)
        ]
        fresh = [unit for unit in units if unit.id in new]
        changed = [unit for unit in units if unit.id in touched and unit.id not in new]
        same = len(units) - len(fresh) - len(changed)
        if same:
            yield _("{units} unchanged", units=units_of_tier(same, tier))
        if fresh:
            count = units_of_tier(len(fresh), tier)
            yield _("{units} new: {names}", units=count, names=_names(fresh))
        if changed:
            count = units_of_tier(len(changed), tier)
            yield _("{units} changed: {names}", units=count, names=_names(changed))
    if gone:
        removed = counted(len(gone), msg("1 site removed"), msg("{count} sites removed"))
        yield f"{removed}: {_some(gone)}"


def _sites(planned: Plan, estate: Estate) -> tuple[set[str], set[str], list[str]]:
    """Units at whose sites something happens, among them the new ones, and sites that go."""
    unit_of = {site.id: site.unit for site in estate.sites}
    at = {site.id: site.id for site in estate.sites}
    at |= {zone.id: zone.site for zone in estate.zones if zone.site}
    at |= {machine.id: machine.site for machine in estate.machines}
    touched: set[str] = set()
    new: set[str] = set()
    gone: list[str] = []
    for change in planned.changes:
        # A certificate is called `<machine>/<name>`.
        site = at.get(change.name) or at.get(change.name.partition("/")[0])
        if site is not None:
            touched.add(unit_of[site])
        if change.kind == "Site" and change.operation == "create" and site is not None:
            new.add(unit_of[site])
        if change.kind == "Site" and change.operation == "delete":
            gone.append(change.name)
    return touched, new, gone


def _paths(opens: int, closes: int) -> str:
    if not opens and not closes:
        return _("opens and closes no paths")
    opened, closed = (
        counted(count, msg("1 path"), msg("{count} paths")) for count in (opens, closes)
    )
    if not closes:
        return _("opens {paths}, closes none", paths=opened)
    if not opens:
        return _("opens none, closes {paths}", paths=closed)
    return _("opens {opened}, closes {closed}", opened=opened, closed=closed)


def _names(units: Sequence[Unit]) -> str:
    return _some([name_of(unit.name) for unit in units])


def _some(names: Sequence[str], limit: int = 3) -> str:
    more = f" +{len(names) - limit}" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _line(change: Change) -> str:
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    sign = SIGNS.get(change.operation, " ")
    return hanging(f"  {sign} {kind_word(change.kind)} {change.name}{fields}", 6)
