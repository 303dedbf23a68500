"""Baselines as programs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from govctl.cli.baseline_scope import Filter, Meant, rows_of
from policies import profiles, requirements
from policies.about import about
from policies.answers import answered_keys, coverage_of, means
from policies.catalogue import checks
from policies.differences import differences
from policies.model import Profile, Requirement
from policies.named import Level
from policies.requirements import Baseline, answering, is_basic, left_to_people, thresholds
from policies.strictest import demands


def every(tailored: Mapping[str, Baseline]) -> list[dict[str, Any]]:
    """`govctl baseline list`: baselines with their levels, then profiles."""
    names = dict.fromkeys((*requirements.names(), *tailored))
    found = [_about(tailored.get(name) or requirements.load(name)) for name in names]
    return [*found, *(_profile(profiles.load(name)) for name in profiles.names())]


def _about(baseline: Baseline) -> dict[str, Any]:
    levels = {
        str(level): {
            "requirements": sum(map(is_basic, baseline.level(level))),
            "annex": sum(not is_basic(row) for row in baseline.level(level)),
        }
        for level in baseline.levels
    }
    known = about(baseline.id).model_dump() if baseline.id in requirements.names() else {}
    return {"id": baseline.id, "kind": "baseline", **known, "levels": levels}


def _profile(profile: Profile) -> dict[str, Any]:
    asked = [check for check in checks() if profile.asks_for(check)]
    return {"id": profile.id, "kind": "profile", "title": dict(profile.text), "checks": len(asked)}


def shown(meant: Sequence[Meant], chosen: Filter) -> dict[str, Any]:
    """`govctl baseline show`."""
    one = meant[0]
    if isinstance(one, Profile):
        return {**_profile(one), "values": dict(sorted(one.values.items())),
                "checks": [check.id for check in checks() if one.asks_for(check)]}  # fmt: skip
    if len(meant) == 1:
        base = one.baseline if isinstance(one, Level) else one
        return {**_about(base), "requirements": [_row(row) for row in chosen.rows(rows_of(one))]}
    levels = [level for level in meant if isinstance(level, Level)]
    wanted = {row.key for level in levels for row in chosen.rows(level.rows)}
    return {
        "baselines": [level.id for level in levels],
        "demands": [
            {
                "key": demand.key,
                "level": demand.level,
                "thresholds": [{"threshold": str(bound.threshold), "whose": list(bound.whose)}
                               for bound in demand.bounds],
                "period": {"value": demand.period, "whose": list(demand.period_of)},
                "strength": {"value": demand.strength, "whose": list(demand.strength_of)},
                "requirements": [_row(row) for row in demand.rows],
            }
            for demand in demands([level.baseline for level in levels], levels[0].level)
            if demand.key in wanted
        ],
    }  # fmt: skip


def _row(row: Requirement) -> dict[str, Any]:
    every_check = checks()
    left = left_to_people().get(row.key)
    answering_checks = answering(row, every_check)
    how = means(row, answered_keys(every_check))
    return {
        "id": row.id,
        "level": row.level,
        "key": row.key,
        "clause": row.clause,
        "group": row.group,
        "area": row.area,
        "text": dict(row.text),
        "strength": row.strength,
        "thresholds": [{"name": one.name, "op": one.op, "value": one.value, "unit": one.unit}
                       for one in thresholds(row.threshold)],
        "period": row.period,
        "also_on": list(row.also_on),
        "condition": row.condition,
        "applies_to": list(row.applies_to),
        "evidence": row.evidence,
        "basic": is_basic(row),
        "source": row.source,
        "answer": how,
        "checks": [check.id for check in answering_checks],
        "left_to_people": dict(left) if left and how in ("hosts", "plan") else None,
        "tailored": list(row.tailored),
        "left_out": row.left_out,
    }  # fmt: skip


def difference(one: Meant, other: Meant) -> dict[str, Any]:
    """`govctl baseline diff`."""
    if isinstance(one, Profile) and isinstance(other, Profile):
        first = [check.id for check in checks() if one.asks_for(check)]
        second = [check.id for check in checks() if other.asks_for(check)]
        return {"first": one.id, "second": other.id,
                "only_first": [name for name in first if name not in second],
                "only_second": [name for name in second if name not in first]}  # fmt: skip
    found = differences(rows_of(one), rows_of(other))
    return {
        "first": getattr(one, "id", ""),
        "second": getattr(other, "id", ""),
        "only_first": [_row(row) for row in found.only_first],
        "only_second": [_row(row) for row in found.only_second],
        "changed": [
            {
                "key": each.first.key,
                "first": each.first.id,
                "second": each.second.id,
                "changes": [{"field": change.field, "before": change.before,
                             "after": change.after, "order": change.order}
                            for change in each.changes],
            }
            for each in found.changed
        ],
        "same": found.same,
    }  # fmt: skip


def coverage(levels: Sequence[Level], chosen: Filter) -> dict[str, Any]:
    """`govctl baseline coverage`."""
    return {"coverage": [_coverage(level, chosen) for level in levels]}


def _coverage(level: Level, chosen: Filter) -> dict[str, Any]:
    rows = chosen.rows(level.rows)
    groups = dict.fromkeys(row.group for row in rows if is_basic(row))
    whole = coverage_of(rows, checks())
    return {
        "baseline": level.baseline.id,
        "level": level.level,
        **_counts(rows),
        "groups": {name: _counts([row for row in rows if row.group == name]) for name in groups},
        "open_requirements": [{"id": row.id, "key": row.key, "evidence": row.evidence,
                               "text": dict(row.text)} for row in whole.open],
    }  # fmt: skip


def _counts(rows: Sequence[Requirement]) -> dict[str, int]:
    found = coverage_of(rows, checks())
    return {"automated": len(found.automated), "attested": len(found.attested),
            "open": len(found.open), "total": found.total}  # fmt: skip
