"""One value for each option that rows ask about, and never a looser one than is there.

A theme writes a file of its own that comes before or after others, so what it writes there wins: a
limit of 3 tries must not become 4 because a check allows 4.
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, Sequence

Row = Mapping[str, Any]
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def settled(
    rows: Iterable[Row],
    now: Mapping[str, str] | None = None,
    key: str = "option",
    lasting: Sequence[str] = (),
) -> list[dict[str, str]]:
    """`{option, value, ids}` for each option that these rows ask about, in their order.

    `now` is what is in effect (else a row's `default` is): it stays where every row about it holds.
    `lasting` are options for
    which 0 and `never` mean without end, and for which the least that is allowed is enough.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row[key]), []).append(row)
    return [
        {"option": option, "ids": ", ".join(str(row.get("id", "")) for row in group),
         "value": _value(group, (now or {}).get(option, group[0].get("default")),
                         endless=option in lasting)}
        for option, group in groups.items()
    ]  # fmt: skip


def _value(group: Sequence[Row], now: str | None, *, endless: bool) -> str:
    words = [_words(row) for row in group if _words(row)]
    if words:
        exact = [[str(row["equals"])] for row in group if row.get("equals") is not None]
        return _word(exact or words, group, now)
    return _number(group, now, endless=endless)


def _words(row: Row) -> list[str]:
    if row.get("equals") is not None:
        return [str(row["equals"])]
    return [part for word in row.get("one_of") or () for part in str(word).split("|")]


def _word(lists: Sequence[list[str]], group: Sequence[Row], now: str | None) -> str:
    """What is there if any row asks for it and none of the others forbids it, else the first word
    that all allow; rows that contradict each other leave what is there."""
    better = {str(word).lower() for row in group for word in row.get("or_better") or ()}
    held = (now or "").lower()
    holds = [held in better or held in [word.lower() for word in _words(row)] for row in group]
    common = [word for word in lists[0]
              if all(word.lower() in map(str.lower, other) for other in lists)]  # fmt: skip
    if now is not None and (all(holds) or (not common and any(holds))):
        return now
    return (common or lists[0])[0]


def _number(group: Sequence[Row], now: str | None, *, endless: bool) -> str:
    low = max((int(row["minimum"]) for row in group if row.get("minimum") is not None),
              default=None)  # fmt: skip
    high = min((int(row["maximum"]) for row in group if row.get("maximum") is not None),
               default=None)  # fmt: skip
    if endless and now in ("0", "never") and high is None:
        return now
    number = int(now) if now is not None and _INTEGER.fullmatch(now) else None
    if number is not None and (low is None or number >= low) and (high is None or number <= high):
        return str(number)
    least_is_enough = endless or high is None
    return str(low if low is not None and least_is_enough else high)
