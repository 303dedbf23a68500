"""What a role writes for an option: as asked, and never looser than what is there."""

from __future__ import annotations

from typing import Any

import pytest

from playbooks.hosts.settled import settled

Rows = list[dict[str, Any]]
_TRIES: Rows = [{"minimum": 1, "maximum": 4}, {"maximum": 3}]
_LEVELS: Rows = [{"one_of": ["VERBOSE", "INFO"]}, {"equals": "VERBOSE"}]
_APART: Rows = [{"one_of": ["keep_logs"]}, {"one_of": ["rotate"]}]
_SPACE: Rows = [{"one_of": ["email|exec"], "or_better": ["halt"]}]


@pytest.mark.parametrize(
    ("rows", "now", "value"),
    [
        pytest.param(_TRIES, "2", "2", id="a stricter limit stays"),
        pytest.param(_TRIES, "4", "3", id="the strictest row counts"),
        pytest.param(_TRIES, "0", "3", id="below the least the most is enough"),
        pytest.param(_TRIES, None, "3", id="nothing is there"),
        pytest.param(_TRIES, "many", "3", id="no number is there"),
        pytest.param([{"minimum": 14}], "20", "20", id="a longer least stays"),
        pytest.param([{"minimum": 14}], "8", "14", id="a shorter least grows"),
        pytest.param([{"maximum": -1}], "-3", "-3", id="numbers below zero"),
        pytest.param(_LEVELS, "INFO", "VERBOSE", id="what one row allows must suit all"),
        pytest.param(_LEVELS, "verbose", "verbose", id="words have no case"),
        pytest.param(_APART, "rotate", "rotate", id="rows at odds leave what is there"),
        pytest.param(_APART, "ignore", "keep_logs", id="of rows at odds the first counts"),
        pytest.param(_SPACE, "halt", "halt", id="what is better stays"),
        pytest.param(_SPACE, "ignore", "email", id="words of a public profile"),
        pytest.param([{"equals": "no", "default": "no"}], None, "no", id="the default is there"),
    ],
)
def test_an_option_gets_the_mildest_change_that_suits_all_rows(
    rows: Rows, now: str | None, value: str
) -> None:
    asked = [{"id": f"row-{place}", "option": "x", **row} for place, row in enumerate(rows)]
    there = {} if now is None else {"x": now}
    assert [one["value"] for one in settled(asked, there)] == [value]


@pytest.mark.parametrize(("now", "value"), [("0", "0"), ("never", "never"), ("60", "900")])
def test_without_end_is_more_than_any_least(now: str, value: str) -> None:
    rows = [{"id": "time", "option": "unlock_time", "minimum": 900}]
    assert settled(rows, {"unlock_time": now}, lasting=["unlock_time"])[0]["value"] == value


def test_without_end_is_too_long_where_a_most_is_asked() -> None:
    rows = [{"id": "time", "option": "unlock_time", "minimum": 900, "maximum": 3600}]
    assert settled(rows, {"unlock_time": "0"}, lasting=["unlock_time"])[0]["value"] == "900"


def test_each_option_stands_once_with_the_rows_that_ask_for_it() -> None:
    rows = [{"id": "a", "key": "one", "equals": "yes"}, {"id": "b", "key": "two", "equals": "no"},
            {"id": "c", "key": "one", "equals": "yes"}]  # fmt: skip
    assert settled(rows, key="key") == [
        {"option": "one", "ids": "a, c", "value": "yes"},
        {"option": "two", "ids": "b", "value": "no"},
    ]
