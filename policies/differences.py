"""What sets two levels, or two baselines, apart: by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from govctl.estate.strictness import PERIODS, STRENGTHS, Order, Threshold, compare, rank, read
from policies.model import Requirement


@dataclass(frozen=True)
class Changed:
    """One thing that the second asks for otherwise than the first."""

    field: str
    """threshold, period, strength, condition."""
    before: str
    after: str
    order: Order
    """How the second compares with the first; `unordered` if neither is stricter."""


@dataclass(frozen=True)
class Difference:
    """A key that both ask for, and not alike."""

    first: Requirement
    second: Requirement
    changes: tuple[Changed, ...]


@dataclass(frozen=True)
class Differences:
    """Two lists of requirements held against each other."""

    only_first: tuple[Requirement, ...]
    only_second: tuple[Requirement, ...]
    changed: tuple[Difference, ...]
    same: int
    """Keys that both ask for alike."""


def differences(first: Iterable[Requirement], second: Iterable[Requirement]) -> Differences:
    """By key, in the order of the lists."""
    before = {row.key: row for row in first}
    after = {row.key: row for row in second}
    both = [(row, after[key]) for key, row in before.items() if key in after]
    found = [Difference(one, other, changes(one, other)) for one, other in both]
    changed = tuple(each for each in found if each.changes)
    return Differences(
        only_first=tuple(row for key, row in before.items() if key not in after),
        only_second=tuple(row for key, row in after.items() if key not in before),
        changed=changed,
        same=len(both) - len(changed),
    )


def changes(first: Requirement, second: Requirement) -> tuple[Changed, ...]:
    """What differs between two rows of one key; wording, clause and group do not count."""
    found = list(_thresholds(read(first.threshold), read(second.threshold)))
    for name, scale in (("period", PERIODS), ("strength", STRENGTHS)):
        before, after = getattr(first, name), getattr(second, name)
        if before != after:
            found.append(Changed(name, before, after, rank(after, before, scale)))
    if first.condition != second.condition:
        found.append(Changed("condition", first.condition, second.condition, "unordered"))
    return tuple(found)


def _thresholds(before: tuple[Threshold, ...], after: tuple[Threshold, ...]) -> Iterable[Changed]:
    old = _by_name(before)
    new = _by_name(after)
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        if one is None and other is not None:
            yield Changed("threshold", "", str(other), "tighter")
        elif other is None and one is not None:
            yield Changed("threshold", str(one), "", "looser")
        elif one is not None and other is not None:
            order = compare(other, one)
            if order != "same":
                yield Changed("threshold", str(one), str(other), order)


def _by_name(found: tuple[Threshold, ...]) -> Mapping[tuple[str, str], Threshold]:
    return {(one.name, one.op): one for one in found}
