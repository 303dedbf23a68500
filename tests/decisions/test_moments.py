"""Moments need a zone; a span is counted by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml
from pydantic_core import PydanticCustomError

from govctl.estate.model import Span
from govctl.estate.moments import end, later, span, start


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("2027-03-01T00:00+07:00", utc(2027, 2, 28, 17), utc(2027, 2, 28, 17)),
        ("2027-03-01 00:00:01 +07:00", utc(2027, 2, 28, 17, 0, 1), utc(2027, 2, 28, 17, 0, 1)),
        ("2027-03-01T00:00Z", utc(2027, 3, 1), utc(2027, 3, 1)),
        ("2027-03-01T00:00-05:30", utc(2027, 3, 1, 5, 30), utc(2027, 3, 1, 5, 30)),
        ("2027-03-01 +07:00", utc(2027, 2, 28, 17), utc(2027, 3, 1, 17)),
        ("2028-02-29+07:00", utc(2028, 2, 28, 17), utc(2028, 2, 29, 17)),
        ("2027-12-31Z", utc(2027, 12, 31), utc(2028, 1, 1)),
    ],
)
def test_a_moment_is_read_with_its_zone(written: str, begins: datetime, ends: datetime) -> None:
    assert start(written) == begins
    assert end(written) == ends
    assert end(yaml.safe_load(written)) == ends  # without quotes YAML makes a time of some


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2027-03-01", "has no time zone"),
        ("2027-03-01T00:00", "has no time zone"),
        (datetime(2027, 3, 1), "has no time zone"),
        ("2027-02-30T00:00+07:00", "the calendar has no"),
        ("2027-03-01T24:00+07:00", "the calendar has no"),
        ("2027-03-01T00:00+15:00", "is not a moment"),
        ("0001-01-01 +07:00", "is not a moment"),
        ("9999-12-31 +07:00", "is not a moment"),
        ("2027-03-01T00:00 ICT", "is not a moment"),
        ("next year", "is not a moment"),
        ("２０２７-03-01 +07:00", "is not a moment"),
        (20270301, "is not a moment"),
        (None, "is not a moment"),
    ],
)
def test_what_is_no_moment_is_refused(written: object, said: str) -> None:
    for read in (start, end):
        with pytest.raises(PydanticCustomError, match=said):
            read(written)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("30d", Span(days=30)),
        ("1 day", Span(days=1)),
        ("2 weeks", Span(days=14)),
        ("6 months", Span(months=6)),
        ("1 year", Span(months=12)),
    ],
)
def test_a_span_has_a_unit(written: str, found: Span) -> None:
    assert span(written) == found


@pytest.mark.parametrize("written", ["30", "0d", "-1d", "1.5 years", "101 years", "soon", 30, ""])
def test_what_is_no_span_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        span(written)


def test_a_month_after_its_last_day_is_the_next_ones_last() -> None:
    assert later(utc(2027, 1, 31), Span(months=1)) == utc(2027, 2, 28)
    assert later(utc(2028, 2, 29), Span(months=12)) == utc(2029, 2, 28)
    assert later(utc(2027, 11, 30), Span(months=3, days=1)) == utc(2028, 2, 29) + (
        utc(2028, 3, 1) - utc(2028, 2, 29)
    )
