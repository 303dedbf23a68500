"""Moments and spans of time as people write them; a moment without a time zone is none.

A moment is ISO 8601 with an offset: `2027-03-01T00:00+07:00`, or `Z`. A whole day is written with
its offset too, `2027-03-01 +07:00`: as a start it begins the day, as an end it ends it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from govctl.estate.model import Span
from govctl.estate.values import wrong
from govctl.texts import _

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?"
_ZONE = r"Z|[+-][0-9]{2}:[0-9]{2}"
_MOMENT = re.compile(rf"({_DAY})(?:[T ]({_TIME}))? ?({_ZONE})?")
_SPAN = re.compile(r"([1-9][0-9]{0,3}) ?(d|days?|w|weeks?|months?|y|years?)")
_YEARS = range(2000, 2201)
_WIDEST = timedelta(hours=14)
"""No place on earth is further from UTC."""


def start(value: Any) -> datetime:
    """The moment something begins; PydanticCustomError for what is none, or has no zone."""
    return _moment(value, whole_day=timedelta(0))


def end(value: Any) -> datetime:
    """The first moment at which it is over."""
    return _moment(value, whole_day=timedelta(days=1))


def span(value: Any) -> Span:
    """`30 days`, `30d`, `2 weeks`, `6 months`, `1 year`."""
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    count = int(match[1]) if match else 0
    unit = match[2][0] if match else ""
    if match is None or (unit == "y" and count > 100):
        message = _('"{value}" is not a span of time', value=str(value)[:40])
        raise wrong(message, _('a number with a unit, such as "{example}"', example="30 days"))
    months = {"m": count, "y": 12 * count}.get(unit, 0)
    return Span(months=months, days={"d": count, "w": 7 * count}.get(unit, 0))


def later(moment: datetime, by: Span) -> datetime:
    """So much later by the calendar, in the moment's own zone; 31 January + 1 month is 28 or 29."""
    month = moment.month - 1 + by.months
    year, month = moment.year + month // 12, month % 12 + 1
    day = min(moment.day, monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day) + timedelta(days=by.days)


def _moment(value: Any, *, whole_day: timedelta) -> datetime:
    text = value.isoformat() if isinstance(value, date) else value
    match = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    expected = _("such as {moment}, or a whole day: {day}",
                 moment="2027-03-01T00:00+07:00", day="2027-03-01 +07:00")  # fmt: skip
    shown = str(text)[:40]
    if match is None:
        raise wrong(_('"{value}" is not a moment', value=shown), expected)
    day, time, zone = match.groups()
    if zone is None:
        raise wrong(_('"{value}" has no time zone', value=shown), expected)
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{zone}")
    except ValueError:
        raise wrong(_("the calendar has no {value}", value=shown), expected) from None
    offset = moment.utcoffset()
    if moment.year not in _YEARS or offset is None or abs(offset) > _WIDEST:
        raise wrong(_('"{value}" is not a moment', value=shown), expected)
    return moment if time else moment + whole_day


_PATTERN = rf"^{_DAY}([T ]{_TIME})? ?({_ZONE})$"
_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": _PATTERN, "examples": ["2027-03-01T00:00+07:00"]}
)
Start = Annotated[datetime, BeforeValidator(start), _SCHEMA]
End = Annotated[datetime, BeforeValidator(end), _SCHEMA]
SpanText = Annotated[
    Span,
    BeforeValidator(span),
    WithJsonSchema({"type": "string", "pattern": f"^{_SPAN.pattern}$", "examples": ["1 year"]}),
]
