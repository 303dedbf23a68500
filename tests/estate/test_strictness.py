"""Which demand asks for more, and what cannot be compared."""

from __future__ import annotations

import pytest

from govctl.estate.strictness import (
    PERIODS,
    STRENGTHS,
    Order,
    compare,
    contradiction,
    merged,
    rank,
    read,
    stricter,
)

ORDERS: list[tuple[str, str, Order]] = [
    ("a>=24 months", "a>=12 months", "tighter"),
    ("a>=2 years", "a>=24 months", "same"),
    ("a>=359 days", "a>=12 months", "looser"),
    ("a>=400 days", "a>=12 months", "tighter"),
    ("a<=4 minutes", "a<=300 seconds", "tighter"),
    ("a<=1 hours", "a<=30 minutes", "looser"),
    ("a<=14 characters", "a<=14 classes", "unordered"),
    ("a>=1.3", "a>=1.2", "tighter"),
    ("a>=14", "a>=14 characters", "unordered"),
    ("a==true", "a==true", "same"),
    ("a==false", "a==true", "unordered"),
    ("a~=x|y|z", "a~=x|y", "tighter"),
    ("a~=y|x", "a~=x|y", "same"),
    ("a~=x", "a~=x|y", "looser"),
    ("a~=x|z", "a~=x|y", "unordered"),
    ("b>=1", "a>=1", "unordered"),
    ("a<=1", "a>=1", "unordered"),
]


@pytest.mark.parametrize(("new", "old", "expected"), ORDERS)
def test_thresholds_are_compared_by_operator_and_unit(new: str, old: str, expected: Order) -> None:
    assert compare(read(new)[0], read(old)[0]) == expected


@pytest.mark.parametrize(
    "text", ["a", "a>3", "a>=", "a>=many", "a>=1 2", "a~=x||y", "A>=3", "a>=3 months long", "=1"]
)
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^" + text[:1]):
        read(text)


def test_a_threshold_is_written_as_it_was_read() -> None:
    text = "lockout_duration>=12 hours; zones~=edge|dmz; x==true"
    assert "; ".join(map(str, read(text))) == text


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a>=3", "a>=5", "a>=5"),
        ("a<=3", "a<=5", "a<=3"),
        ("a~=x|y", "a~=z", "a~=x|y|z"),
        ("a==true", "a==false", None),
    ],
)
def test_of_two_the_stricter_counts(one: str, other: str, expected: str | None) -> None:
    found = stricter(read(one)[0], read(other)[0])
    assert (str(found) if found else None) == expected


def test_what_a_change_does_not_name_stays() -> None:
    old = read("a>=3; b<=5; c==true")
    assert "; ".join(map(str, merged(read("b<=4; d>=1"), old))) == "a>=3; b<=4; c==true; d>=1"


@pytest.mark.parametrize(
    ("text", "contrary"),
    [("a>=40 days; a<=1 months", True), ("a>=12 hours; a<=30 days", False), ("a>=4; b<=3", False)],
)
def test_bounds_that_cross_are_found(text: str, contrary: bool) -> None:
    assert (contradiction(read(text)) is not None) == contrary


def test_a_set_period_is_stricter_than_one_to_be_set_and_that_than_none() -> None:
    assert [rank(one, "P", PERIODS) for one in ("W", "Y", "P", "")] == [
        "tighter", "tighter", "same", "looser",
    ]  # fmt: skip
    assert rank("required", "equivalent-allowed", STRENGTHS) == "tighter"
