"""Who answers what: an honest count, and one place for keys that mean the same."""

from __future__ import annotations

import csv

import pytest

from policies.answers import answered_keys, coverage, means, with_implied
from policies.catalogue import checks
from policies.pack.zones import ZONE_KEYS
from policies.requirements import FOLDER, answering, is_basic, left_to_people, load, names

LEVELS = [(name, level) for name in names() for level in load(name).levels]


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_coverage_counts_every_basic_requirement_once(name: str, level: int) -> None:
    rows = load(name).level(level)
    found = coverage(load(name), level, checks())
    assert found.total == sum(map(is_basic, rows))
    keys = answered_keys(checks())
    assert {means(row, keys) for row in found.automated} <= {"hosts", "plan"}
    assert not any(answering(row, checks()) for row in (*found.attested, *found.open))
    without = coverage(load(name), level, ())
    assert {row.key for row in without.automated} <= ZONE_KEYS


def test_no_requirement_is_met_by_checks_alone() -> None:
    answered = {row.key for name, level in LEVELS
                for row in coverage(load(name), level, checks()).automated}  # fmt: skip
    assert answered == left_to_people().keys()
    assert all(text["en"] and text["vi"] for text in left_to_people().values())


def test_what_answers_a_key_answers_the_keys_that_mean_the_same() -> None:
    assert with_implied(["log.ntp", "x"]) == (
        "log.ntp", "x", "time.source", "srv.logs", "l3.srv.log.ntp",
    )  # fmt: skip
    (check,) = [check for check in checks() if check.id == "time-daemon"]
    assert {"log.ntp", "l3.srv.log.ntp"} <= set(check.answers)


def test_keys_that_mean_the_same_stand_in_baselines() -> None:
    keys = {row.key for name in names() for row in load(name).requirements}
    with (FOLDER / "through.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            assert row["key"] in keys
            assert set(row["through"].split("|")) <= answered_keys(checks()), row
