"""Two judges of one machine, rule by rule: where they agree, and who was right where not.

A rule of the rival may be answered by several checks of ours: our verdict on it is the worst of
theirs. A check of ours may answer several rules (owner, group and mode of one file): where the
rival fails only one of them, our one verdict stands beside its three, and that is no disagreement.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from policies.model import Check, Finding
from policies.values import Value

Kind = Literal["pass", "fail", "merged", "differ", "we do not judge", "they do not judge"]
KINDS: tuple[Kind, ...] = (
    "pass", "fail", "merged", "differ", "we do not judge", "they do not judge",
)  # fmt: skip
_WORST_FIRST = ("fail", "unreachable", "not-evaluated", "pass", "not-applicable")
_JUDGED = ("pass", "fail")


@dataclass(frozen=True)
class Pair:
    """What both say of one rule on one machine."""

    rule: str
    state: str
    theirs: str
    ours: str
    kind: Kind
    checks: tuple[str, ...]
    """Ours that answer the rule."""
    reasons: tuple[str, ...]
    """Of those checks whose verdict counted."""


@dataclass(frozen=True)
class Decision:
    """Who is right where they differ, decided by a person who looked at the machine."""

    rule: str
    states: tuple[str, ...]
    """Names of states; `*` is every state."""
    theirs: str
    ours: str
    right: Literal["ours", "theirs", "both", "neither"]
    """`both`: the two ask different questions under one name."""
    why: str

    def covers(self, pair: Pair) -> bool:
        """True if this decides that pair."""
        same = (self.rule, self.theirs, self.ours) == (pair.rule, pair.theirs, pair.ours)
        return same and (pair.state in self.states or "*" in self.states)


def compare(
    state: str, theirs: Mapping[str, str], checks: Iterable[Check], findings: Iterable[Finding]
) -> list[Pair]:
    """One pair for every rule that both know and the rival was asked."""
    found = {finding.check: finding for finding in findings}
    answered: dict[str, list[str]] = {}
    siblings: dict[str, tuple[str, ...]] = {}
    for check in checks:
        siblings[check.id] = check.references.get("ssg", ())
        for rule in siblings[check.id]:
            answered.setdefault(rule, []).append(check.id)
    pairs = []
    for rule, names in sorted(answered.items()):
        if theirs.get(rule) not in (None, "notselected", "notchecked", "informational"):
            ours = min((found[name].status for name in names), key=_WORST_FIRST.index)
            counted = [name for name in names if found[name].status == ours]
            merged = all(
                any(theirs.get(other) == "fail" for other in siblings[name]) for name in counted
            )
            kind = _kind(theirs[rule], ours, merged)
            reasons = tuple(found[name].reason.render("en") for name in counted)
            pairs.append(Pair(rule, state, theirs[rule], ours, kind, tuple(names), reasons))
    return pairs


def _kind(theirs: str, ours: str, merged: bool) -> Kind:
    if ours not in _JUDGED:
        return "we do not judge"
    if theirs not in _JUDGED:
        return "they do not judge"
    if theirs == ours:
        return "pass" if ours == "pass" else "fail"
    return "merged" if ours == "fail" and merged else "differ"


def shared_values(checks: Iterable[Check]) -> dict[str, str]:
    """What our checks take the rival's variables to be, so that both ask for the same.

    Where several values will do, the rival's own profile says which of them it asks for.
    """
    values: dict[str, str] = {}
    for check in checks:
        for arg in check.args.values():
            if isinstance(arg, Value):
                some = arg.default if isinstance(arg.default, (list, tuple)) else [arg.default]
                if len(some) == 1:
                    values |= {name: str(some[0]) for name in arg.variables if name not in values}
    return values


def count(pairs: Iterable[Pair]) -> Counter[Kind]:
    """How many of each kind."""
    return Counter(pair.kind for pair in pairs)


def read_decisions(path: Path) -> list[Decision]:
    """A CSV with the columns of `Decision`; states are parted by blanks."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "states": tuple(row["states"].split())} for row in csv.DictReader(file)]
    return _DECISIONS.validate_python(rows)


_DECISIONS = TypeAdapter(list[Decision])


def decided(
    pairs: Iterable[Pair], decisions: Sequence[Decision]
) -> list[tuple[Pair, Decision | None]]:
    """Every disagreement with its decision, or None where nobody has decided yet."""
    return [
        (pair, next((one for one in decisions if one.covers(pair)), None))
        for pair in pairs
        if pair.kind == "differ"
    ]
