"""Which of two demands asks for more: thresholds by name and operator, periods, strengths.

A threshold is `name op value[ unit]`, several joined by `; `; `>=` and `<=` have an order, `~=`
names what must all be there, and of `==` no value is stricter than another. A month is counted as
30 days and a year as 12 months, as the checks count them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

_THRESHOLD = re.compile(
    r"(?P<name>[a-z]\w*)\s*(?P<op>>=|<=|==|~=)\s*(?P<value>[^\s;]+)(?: (?P<unit>[A-Za-z]\S*))?"
)
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 7 * 86_400,
            "months": 30 * 86_400, "years": 360 * 86_400}  # fmt: skip
PERIODS = ("W", "M", "Q", "6M", "Y", "P", "")
"""From the strictest: weekly, monthly … yearly, whatever the organisation sets, none."""
STRENGTHS = ("required", "equivalent-allowed", "suggested")
"""From the strictest."""

Order = Literal["tighter", "same", "looser", "unordered"]


@dataclass(frozen=True)
class Threshold:
    """`password_length_without_mfa>=14 characters`, taken apart."""

    name: str
    op: str
    """`>=`, `<=`, `==`, or `~=` (must contain all)."""
    value: str
    unit: str | None

    def __str__(self) -> str:
        return f"{self.name}{self.op}{self.value}" + (f" {self.unit}" if self.unit else "")

    @property
    def items(self) -> frozenset[str]:
        """What `~=` names."""
        return frozenset(self.value.split("|"))

    @property
    def amount(self) -> tuple[str | None, Decimal] | None:
        """What it counts in, and how much; seconds for every unit of time. None for a word."""
        if not _NUMBER.fullmatch(self.value):
            return None
        factor = _SECONDS.get(self.unit or "")
        number = Decimal(self.value)
        return (self.unit, number) if factor is None else ("seconds", number * factor)


@cache
def read(text: str) -> tuple[Threshold, ...]:
    """A `threshold` cell, taken apart. ValueError, with the part, for what cannot be read."""
    return tuple(_one(part) for part in filter(None, (part.strip() for part in text.split(";"))))


def _one(part: str) -> Threshold:
    found = _THRESHOLD.fullmatch(part)
    if found is None:
        raise ValueError(part)
    threshold = Threshold(**found.groupdict())
    if threshold.op in (">=", "<=") and threshold.amount is None:
        raise ValueError(part)
    if threshold.op == "~=" and ("" in threshold.items or threshold.unit):
        raise ValueError(part)
    return threshold


def compare(new: Threshold, old: Threshold) -> Order:
    """How a threshold changes another of the same name and operator.

    `unordered` if neither asks for all that the other does, or if they cannot be compared.
    """
    if (new.name, new.op) != (old.name, old.op):
        return "unordered"
    if new.op == "==":
        return "same" if (new.value, new.unit) == (old.value, old.unit) else "unordered"
    if new.op == "~=":
        return _by_items(new.items, old.items)
    mine, theirs = new.amount, old.amount
    if mine is None or theirs is None or mine[0] != theirs[0]:
        return "unordered"
    if mine[1] == theirs[1]:
        return "same"
    return "tighter" if (mine[1] > theirs[1]) == (new.op == ">=") else "looser"


def _by_items(new: frozenset[str], old: frozenset[str]) -> Order:
    if new == old:
        return "same"
    if new > old:
        return "tighter"
    return "looser" if new < old else "unordered"


def rank(new: str, old: str, scale: tuple[str, ...]) -> Order:
    """How a period or a strength changes another, by its scale from the strictest."""
    here, there = scale.index(new), scale.index(old)
    if here == there:
        return "same"
    return "tighter" if here < there else "looser"


def stricter(one: Threshold, other: Threshold) -> Threshold | None:
    """The one that asks for more; both together for sets; None if they contradict each other."""
    order = compare(one, other)
    if order in ("same", "tighter"):
        return one
    if order == "looser":
        return other
    if one.op == "~=" and (one.name, one.op) == (other.name, other.op):
        return Threshold(one.name, "~=", "|".join(sorted(one.items | other.items)), None)
    return None


def merged(new: tuple[Threshold, ...], old: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    """Old thresholds, each replaced by the new one of its name and operator; then what is added."""
    by_name: Mapping[tuple[str, str], Threshold] = {(one.name, one.op): one for one in new}
    kept = tuple(by_name.get((one.name, one.op), one) for one in old)
    known = {(one.name, one.op) for one in old}
    return (*kept, *(one for one in new if (one.name, one.op) not in known))


def contradiction(thresholds: tuple[Threshold, ...]) -> tuple[Threshold, Threshold] | None:
    """A lower bound above the upper bound of the same name; None if all can hold together."""
    for low in thresholds:
        for high in thresholds:
            if (low.name, low.op, high.op) != (high.name, ">=", "<="):
                continue
            least, most = low.amount, high.amount
            if least and most and least[0] == most[0] and least[1] > most[1]:
                return low, high
    return None
