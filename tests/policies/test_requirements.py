"""The baseline's table, its thresholds, and an honest count of who can answer what."""

from __future__ import annotations

from collections import Counter

import pytest

from govctl.errors import UsageError
from policies.catalogue import checks
from policies.requirements import (
    answering,
    coverage,
    is_basic,
    left_to_people,
    load,
    names,
    thresholds,
)

TCVN = load("tcvn14423-2026")


def test_the_table_is_whole() -> None:
    counts = Counter(row.level for row in TCVN.requirements if is_basic(row))
    assert counts == {1: 111, 2: 131, 3: 197, 4: 275, 5: 290}
    assert len(TCVN.requirements) == 1099


def test_a_requirement_is_one_key_of_one_level() -> None:
    pairs = Counter((row.level, row.key) for row in TCVN.requirements)
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_every_row_is_filled_and_speaks_both_languages() -> None:
    for row in TCVN.requirements:
        assert row.clause
        assert row.text["en"]
        assert row.text["vi"]
        assert row.strength in ("required", "suggested", "equivalent-allowed")


def test_every_threshold_can_be_read() -> None:
    for row in TCVN.requirements:
        parts = [part for part in row.threshold.split("; ") if part]
        assert len(thresholds(row.threshold)) == len(parts), row.id
        for one in thresholds(row.threshold):
            assert one.op != ">=" or one.value.isdecimal(), row.id


def test_a_threshold_is_taken_apart() -> None:
    found = thresholds("lockout_duration>=12 hours; zones~=edge|dmz")
    assert [(one.name, one.op, one.value, one.unit) for one in found] == [
        ("lockout_duration", ">=", "12", "hours"),
        ("zones", "~=", "edge|dmz", None),
    ]


def test_levels_do_not_inherit() -> None:
    assert TCVN.find(1, "acc.inactive") is not None
    assert TCVN.find(3, "net.remote.posture") is None
    assert TCVN.find(2, "net.remote.posture") is not None
    assert TCVN.level(9) == ()


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_coverage_counts_every_basic_requirement_once(level: int) -> None:
    found = coverage(TCVN, level, checks())
    assert found.total == sum(is_basic(row) for row in TCVN.level(level))
    assert all(answering(row, checks()) for row in found.automated)
    assert not any(answering(row, checks()) for row in (*found.attested, *found.open))
    assert coverage(TCVN, level, ()).automated == ()


def test_what_is_left_to_people_belongs_to_keys_that_checks_answer() -> None:
    answered = {key for check in checks() for key in check.answers}
    assert left_to_people().keys() <= answered
    assert all(text["en"] and text["vi"] for text in left_to_people().values())


def test_only_shipped_baselines_are_known() -> None:
    assert names() == ("tcvn14423-2026",)
    with pytest.raises(UsageError, match="no baseline"):
        load("../baselines/attested")
