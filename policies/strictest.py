"""Several baselines at once: per key the stricter demand counts, and it is known whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from govctl.estate.strictness import PERIODS, STRENGTHS, Threshold, compare, stricter
from policies.model import Requirement
from policies.requirements import Baseline, thresholds


@dataclass(frozen=True)
class Bound:
    """A threshold, and the requirements (`tcvn14423-2026:5.8.2.1 a`) that ask for it."""

    threshold: Threshold
    whose: tuple[str, ...]


@dataclass(frozen=True)
class Demand:
    """What one key asks for at a level, by the stricter of all baselines."""

    key: str
    level: int
    rows: tuple[Requirement, ...]
    """A row of each baseline that asks for it."""
    bounds: tuple[Bound, ...]
    period: str
    """The shortest; empty if none sets one."""
    period_of: tuple[str, ...]
    strength: str
    strength_of: tuple[str, ...]


def demands(baselines: Sequence[Baseline], level: int) -> tuple[Demand, ...]:
    """Every key that any of the baselines asks for at a level, in their order."""
    keys = dict.fromkeys(row.key for baseline in baselines for row in baseline.level(level))
    return tuple(demand(baselines, level, key) for key in keys)


def demand(baselines: Iterable[Baseline], level: int, key: str) -> Demand:
    """What one key asks for. KeyError if none of the baselines has it at this level."""
    found = (baseline.find(level, key) for baseline in baselines)
    rows = tuple(row for row in found if row is not None)
    if not rows:
        raise KeyError(key)
    period = min((row.period for row in rows), key=PERIODS.index)
    strength = min((row.strength for row in rows), key=STRENGTHS.index)
    return Demand(
        key=key,
        level=level,
        rows=rows,
        bounds=tuple(_bounds(rows)),
        period=period,
        period_of=tuple(row.id for row in rows if period and row.period == period),
        strength=strength,
        strength_of=tuple(row.id for row in rows if row.strength == strength),
    )


def _bounds(rows: Sequence[Requirement]) -> Iterator[Bound]:
    """The strictest of each name and operator; values that contradict each other all stand."""
    found: dict[tuple[str, str, str], Bound] = {}
    for row in rows:
        for threshold in thresholds(row.threshold):
            contrary = threshold.value if threshold.op == "==" else ""
            name = (threshold.name, threshold.op, contrary)
            known = found.get(name)
            found[name] = _together(known, Bound(threshold, (row.id,))) if known else (
                Bound(threshold, (row.id,)))  # fmt: skip
    return iter(found.values())


def _together(one: Bound, other: Bound) -> Bound:
    best = stricter(other.threshold, one.threshold)
    if best is None:
        return one
    ways = [bound for bound in (one, other) if compare(bound.threshold, best) == "same"]
    return Bound(best, tuple(name for bound in ways or (one, other) for name in bound.whose))
