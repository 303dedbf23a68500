"""Arguments that a check does not fix itself: a requirement's threshold, or a word of this run.

In a check: `minimum: {value: 14, name: password_length_without_mfa, from: acc.password.length}`.
The strictest threshold of the target's baselines counts; without one, `value` does; and
`--set NAME=…` (or the name of a public rule's variable) replaces both for one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Check, Requirement
from policies.requirements import Baseline, Threshold, thresholds

_UNITS = {
    ("months", "days"): 30,
    ("days", "seconds"): 86_400,
    ("hours", "seconds"): 3_600,
    ("minutes", "seconds"): 60,
}
_OPERATORS = {"minimum": ">=", "maximum": "<=", "seconds": "<="}


@dataclass(frozen=True)
class Value:
    """An argument that is looked up."""

    default: Any
    name: str
    key: str | None = None
    """The requirement whose threshold of this name counts."""
    unit: str | None = None
    """What the family counts in, if the threshold may count in something else."""
    variables: tuple[str, ...] = ()
    """What public rules call it."""


def defaults(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with each value's own default."""
    return {name: arg.default if isinstance(arg, Value) else arg for name, arg in args.items()}


def resolve(
    check: Check, level: int, baselines: Iterable[Baseline], overrides: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A check's arguments for one target, and whose values they are (see `Finding.values`)."""
    args: dict[str, Any] = {}
    whose: list[str] = []
    for name, arg in check.args.items():
        if not isinstance(arg, Value):
            args[name] = arg
            continue
        override = next((overrides[one] for one in (arg.name, *arg.variables) if one in overrides),
                        None)  # fmt: skip
        threshold = _strictest(arg, _OPERATORS.get(name, "=="), level, baselines)
        if override is not None:
            args[name] = _like(arg.default, override)
            whose.append(f"{name} {override} (set {arg.name})")
        elif threshold is not None:
            args[name] = threshold[0]
            whose.append(f"{name} {threshold[0]} ({threshold[1].id})")
        else:
            args[name] = arg.default
    return args, tuple(whose)


def known(checks: Iterable[Check]) -> frozenset[str]:
    """Every name that an override may have."""
    values = [arg for check in checks for arg in check.args.values() if isinstance(arg, Value)]
    return frozenset(name for value in values for name in (value.name, *value.variables))


def _strictest(
    value: Value, op: str, level: int, baselines: Iterable[Baseline]
) -> tuple[int, Requirement] | None:
    """The threshold that asks for most, in the family's unit, and the requirement it stands in."""
    if value.key is None:
        return None
    rows = [baseline.find(level, value.key) for baseline in baselines]
    found = [
        (_in_unit(threshold, value.unit), row)
        for row in rows
        if row is not None
        for threshold in thresholds(row.threshold)
        if threshold.name == value.name and threshold.op == op
    ]
    if not found:
        return None
    pick = min if op == "<=" else max
    return pick(found, key=lambda pair: pair[0])


def _in_unit(threshold: Threshold, unit: str | None) -> int:
    number = int(threshold.value)
    if unit is None or threshold.unit is None or threshold.unit == unit:
        return number
    if (threshold.unit, unit) in _UNITS:
        return number * _UNITS[(threshold.unit, unit)]
    if (threshold.unit, unit) == ("months", "seconds"):
        return number * 30 * 86_400
    raise ValueError(f"cannot count {threshold.unit} in {unit}")


def _like(default: Any, text: str) -> Any:
    """An override's text as the kind of the default; what does not fit is left to the family."""
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(default, int):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if isinstance(default, (list, tuple)):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
