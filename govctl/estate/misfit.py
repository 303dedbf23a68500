"""What pydantic refuses, in words: what was found, and what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from govctl.estate.reading import KINDS
from govctl.texts import _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LONGEST = 60


class Misfit(NamedTuple):
    """One thing that is wrong, without its place."""

    message: str
    expected: str | None = None
    hint: str | None = None


def misfit(detail: ErrorDetails, keys: Iterable[str]) -> Misfit:
    """`keys`: those that would be known where an unknown one stands."""
    kind, way = detail["type"], detail["loc"]
    above = f"{'.'.join(map(str, way[:-1]))}: " if way[:-1] else ""
    if kind == "missing" and way:
        return Misfit(above + _('the key "{key}" is missing', key=way[-1]))
    if kind == "extra_forbidden":
        known = list(keys)
        near = get_close_matches(str(way[-1]), known, 1)
        takes = _("it takes: {values}", values=", ".join(known)) if known else None
        hint = _("did you mean {name}?", name=near[0]) if near else takes
        return Misfit(above + _('unknown key "{key}"', key=way[-1]), hint=hint)
    where = ".".join(map(str, way))
    found = json.dumps(detail["input"], ensure_ascii=False, default=str)[:_LONGEST]
    expected = KINDS[kind].render() if kind in KINDS else detail["msg"]
    return Misfit(f"{where}: {found}" if where else found, expected)
