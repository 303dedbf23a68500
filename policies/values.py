"""Arguments that a check does not fix itself, and whose values they are.

In a check: `minimum: {value: 14, name: password_length_without_mfa, from: acc.password.length}`.
What this run sets (`--set NAME=…`, or by the variable of a public rule) wins; else the strictest
of the baselines' thresholds and of what the estate sets or, where it does not, the profiles; else
`value`. `endless: [0]` says which numbers mean without end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Check, Requirement
from policies.requirements import Threshold, thresholds
from policies.target import TargetContext

_UNITS = {
    ("months", "days"): 30,
    ("days", "seconds"): 86_400,
    ("hours", "seconds"): 3_600,
    ("minutes", "seconds"): 60,
}
_OPERATORS = {"minimum": ">=", "maximum": "<=", "seconds": "<="}
_LIST = re.compile(r"\s*[,|]\s*")


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
    endless: tuple[int, ...] = ()
    """Numbers that mean without end: as a least they ask for more than any other."""


def defaults(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with each value's own default."""
    return {name: arg.default if isinstance(arg, Value) else arg for name, arg in args.items()}


@dataclass(frozen=True)
class _Choice:
    """A value that somebody asks for."""

    value: Any
    whose: str


def resolve(check: Check, context: TargetContext) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A check's arguments for one target, and whose values they are (see `Finding.values`)."""
    args: dict[str, Any] = {}
    whose: list[str] = []
    needed = _needed(check, context)
    for name, arg in {**dict.fromkeys(needed), **check.args}.items():
        choice = _choice(name, arg, check, context, needed.get(name))
        if choice is not None:
            args[name] = choice.value
            whose.append(f"{name} {_shown(choice.value)} ({choice.whose})")
        else:
            args[name] = arg.default if isinstance(arg, Value) else arg
    return args, tuple(whose)


def _choice(
    name: str, arg: Any, check: Check, context: TargetContext, needed: _Choice | None
) -> _Choice | None:
    """Whose value an argument takes; None for the check's own."""
    if not isinstance(arg, Value):
        return needed
    return _set(name, arg, check, context) or _strictest(name, arg, check, context, needed)


_NEEDED = "needed by "


def is_by_need(values: Iterable[str]) -> bool:
    """True if one of a finding's values is that of a recorded exception."""
    return any(f"({_NEEDED}" in value for value in values)


def _needed(check: Check, context: TargetContext) -> dict[str, _Choice]:
    """What the target's recorded exception gives the check, by argument."""
    need = context.needs.get(check.id)
    if need is None:
        return {}
    return {argument.name: _Choice(argument.value, f"{_NEEDED}{need.whose}")
            for argument in need.arguments}  # fmt: skip


def known(checks: Iterable[Check]) -> frozenset[str]:
    """Every name that an override may have."""
    values = [arg for check in checks for arg in check.args.values() if isinstance(arg, Value)]
    return frozenset(name for value in values for name in (value.name, *value.variables))


def _set(name: str, value: Value, check: Check, context: TargetContext) -> _Choice | None:
    text = _named(value, context.values)
    if text is None or _is_for_lower(name, value, check, text):
        return None
    return _Choice(_like(value.default, text), f"set {value.name}")


def _is_for_lower(name: str, value: Value, check: Check, text: str) -> bool:
    """One name for both bounds means the lower one: the upper one only gives way where nothing
    would be left between them."""
    lower = check.args.get("minimum")
    if name != "maximum" or not isinstance(lower, Value) or lower.name != value.name:
        return False
    given = _like(value.default, text)
    return isinstance(given, int) and given < value.default


def _named(value: Value, source: Mapping[str, str]) -> str | None:
    """What a source says of a value, by its name or by a public variable's."""
    return next((source[one] for one in (value.name, *value.variables) if one in source), None)


def _strictest(
    name: str, value: Value, check: Check, context: TargetContext, needed: _Choice | None = None
) -> _Choice | None:
    """What asks for most; None if that is the check's own default.

    The estate replaces profiles, and a need both, but not thresholds of baselines; and a profile
    cannot loosen the default of a check that a baseline asks for too. Without a known order the
    need's or the estate's value counts, or a threshold, or that of the profile named first.
    """
    estate = _named(value, context.estate)
    if estate is not None and _is_for_lower(name, value, check, estate):
        estate = None
    law = _from_baselines(name, value, context)
    if needed is not None:
        choices = [needed, *law]
    elif estate is not None:
        choices = [_Choice(_like(value.default, estate), "estate"), *law]
    else:
        choices = [*law, *_from_profiles(value, check, context)]
    weight = _weight(name, value)
    if not choices or weight is None:
        return choices[0] if choices else None
    best = max(choices, key=lambda one: weight(one.value))
    free = needed is None and estate is None and not law
    kept = free and weight(value.default) > weight(best.value)
    return None if kept and _is_required(check, context) else best


def _is_required(check: Check, context: TargetContext) -> bool:
    return any(baseline.find(context.level, key)
               for baseline in context.baselines for key in check.answers)  # fmt: skip


def _from_baselines(name: str, value: Value, context: TargetContext) -> list[_Choice]:
    """The thresholds of a value's requirement, in the family's unit, the largest first."""
    if value.key is None:
        return []
    op = _OPERATORS.get(name, "==")
    rows = [baseline.find(context.level, value.key) for baseline in context.baselines]
    found = [
        _Choice(_in_unit(threshold, value.unit), _asked_by(row, threshold))
        for row in rows
        if row is not None
        for threshold in thresholds(row.threshold)
        if threshold.name == value.name and threshold.op == op
    ]
    return sorted(found, key=lambda one: -one.value)


def _asked_by(row: Requirement, threshold: Threshold) -> str:
    """Whose a threshold is: the baseline's, and of whoever made it stricter in the estate."""
    changed = [words for words in row.tailored if words.startswith(f"{threshold} (")]
    return ", ".join((row.id, *(words.rpartition(" (")[2].rstrip(")") for words in changed)))


def _from_profiles(value: Value, check: Check, context: TargetContext) -> list[_Choice]:
    """A profile says nothing of checks that it does not ask for: others may share a variable."""
    named = ((profile, _named(value, profile.values)) for profile in context.profiles)
    return [_Choice(_like(value.default, text), profile.id)
            for profile, text in named if text is not None and profile.asks_for(check)]  # fmt: skip


def _bits(value: Any) -> float:
    text = str(value)
    return int(text, 8).bit_count() if re.fullmatch("[0-7]+", text) else math.inf


def _number(value: Any) -> float:
    return value if isinstance(value, int) else math.inf


def _weight(name: str, value: Value) -> Callable[[Any], float] | None:
    weight = _WEIGHTS.get(name)
    if weight is None or name != "minimum":
        return weight
    return lambda choice: math.inf if choice in value.endless else _number(choice)


_WEIGHTS: Mapping[str, Callable[[Any], float]] = {
    "minimum": _number,
    "maximum": lambda value: -value if isinstance(value, int) else math.inf,
    "seconds": lambda value: -value if isinstance(value, int) else math.inf,
    "mask": _bits,
    "mode": lambda value: -_bits(value),
    "rounds": _number,
    "cost": _number,
}
"""How much a value asks for, by the argument's name. What is no number asks for most, so that the
family refuses it instead of it being passed over."""


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


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
        return [part for part in _LIST.split(text.strip()) if part]
    return text
