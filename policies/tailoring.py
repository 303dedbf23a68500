"""Baselines as an estate tailors them; that each change is stricter was proven when it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from govctl.estate.model import Estate, Machine
from govctl.estate.strictness import PERIODS, STRENGTHS, merged, rank, read
from govctl.estate.tailored import Addition, Change, Tailoring
from policies.model import Requirement
from policies.requirements import Baseline, load


def baselines_of(estate: Estate, machine: Machine | None = None) -> tuple[Baseline, ...]:
    """The estate's baselines as they count for a machine; without one, for the whole estate.

    Requirements of the estate's own are one more baseline, called as the estate is.
    """
    entries = (
        estate.tailoring_of(machine)
        if machine is not None
        else tuple(one for one in estate.tailoring if one.scope == "estate")
    )
    return tailored(estate, entries)


def tailored(estate: Estate, entries: Iterable[Tailoring]) -> tuple[Baseline, ...]:
    """The estate's baselines with the changes of some entries, from the top down."""
    names = tuple(name for name in estate.baselines if ":" not in name)
    found = tuple(entries)
    if not found:
        return tuple(load(name) for name in names)
    return _tailored(estate.id, names, tuple(one.model_dump_json() for one in found))


@lru_cache(maxsize=256)
def _tailored(
    estate: str, names: tuple[str, ...], entries: tuple[str, ...]
) -> tuple[Baseline, ...]:
    """Machines of one scope share their tables; text is what can be a key."""
    baselines = [load(name) for name in names]
    own: list[Requirement] = []
    for text in entries:
        entry = Tailoring.model_validate_json(text)
        changes = {change.key: change for change in entry.changes}
        baselines = [
            replace(one, requirements=_with(one.requirements, changes, entry.scope))
            for one in baselines
        ]
        own = [*_with(own, changes, entry.scope)]
        for addition in entry.additions:
            own += _rows(estate, addition, entry.scope)
    return (*baselines, *([Baseline(estate, tuple(own))] if own else ()))


def _with(
    rows: Iterable[Requirement], changes: dict[str, Change], scope: str
) -> tuple[Requirement, ...]:
    if not changes:
        return tuple(rows)
    return tuple(
        _changed(row, changes[row.key], scope) if row.key in changes else row for row in rows
    )


def _changed(row: Requirement, change: Change, scope: str) -> Requirement:
    if change.levels and row.level not in change.levels:
        return row
    if change.left_out:
        return replace(row, left_out=f"{change.left_out} ({scope})")
    old = read(row.threshold)
    new = merged(read(change.threshold), old)
    notes = [str(one) for one in new if one not in old]
    period, strength = change.period or row.period, change.strength or row.strength
    if rank(period, row.period, PERIODS) == "tighter":
        notes.append(period)
    if rank(strength, row.strength, STRENGTHS) == "tighter":
        notes.append(strength)
    if not notes:
        return row
    said = tuple(f"{note} ({scope})" for note in notes)
    return replace(row, threshold="; ".join(map(str, new)), period=period, strength=strength,
                   tailored=(*row.tailored, *said))  # fmt: skip


def _rows(estate: str, addition: Addition, scope: str) -> Iterable[Requirement]:
    for level in addition.levels or (1, 2, 3, 4, 5):
        yield Requirement(
            baseline=estate,
            level=level,
            key=addition.key,
            clause=addition.clause,
            threshold=addition.threshold,
            text={"en": addition.text.en, "vi": addition.text.vi},
            group=addition.group,
            evidence=addition.evidence,
            period=addition.period,
            tailored=(f"{addition.clause} ({scope})",),
        )
