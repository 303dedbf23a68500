"""The baselines' tables, whole: every row, group and level that the regulations have."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from govctl.errors import UsageError
from govctl.estate.strictness import PERIODS, STRENGTHS
from policies import tables
from policies.about import about
from policies.conditions import conditions
from policies.requirements import is_basic, load, names, path_of, thresholds

TCVN = load("tcvn14423-2026")
QCVN = load("qcvn12-2026")
OLD = load("tcvn11930-2017")
EVERY = (TCVN, QCVN, OLD)
QCVN_GROUPS = {
    "general": (4, 4), "risk": (14, 18), "physical": (9, 9), "hardware": (12, 16),
    "software": (8, 13), "data": (21, 33), "config": (10, 19), "accounts": (28, 28),
    "vuln": (12, 13), "logs": (10, 20), "browser-email": (5, 14), "malware": (5, 10),
    "backup": (9, 26), "network": (16, 26), "monitoring": (0, 14), "staff": (9, 14),
    "suppliers": (34, 34), "sdlc": (0, 18), "incidents": (14, 23), "testing": (0, 9),
    "maintenance": (8, 8), "recovery": (1, 10), "time": (6, 6),
}  # fmt: skip
OLD_PARTS = {
    1: (15, 13, 3, 3, 4, 0), 2: (18, 17, 5, 6, 4, 0), 3: (22, 21, 7, 16, 7, 33),
    4: (22, 21, 8, 17, 8, 0), 5: (22, 21, 8, 19, 8, 0),
}  # fmt: skip
"""Level → management and plans, technical, zones, solutions, article 9, details of level 3."""


def test_tcvn_14423_is_whole() -> None:
    assert len(TCVN.requirements) == 1099
    basic = Counter(row.level for row in TCVN.requirements if is_basic(row))
    assert basic == {1: 111, 2: 131, 3: 197, 4: 275, 5: 290}
    annex = Counter((row.level, row.source) for row in TCVN.requirements if not is_basic(row))
    assert annex == {
        (1, "seen"): 4, (2, "seen"): 6, (2, "derived"): 2, (3, "seen"): 15, (3, "derived"): 4,
        (4, "seen"): 15, (4, "derived"): 13, (5, "seen"): 12, (5, "derived"): 24,
    }  # fmt: skip


def test_qcvn_12_is_whole() -> None:
    assert len(QCVN.requirements) == 1625
    assert Counter(row.level for row in QCVN.requirements) == {
        1: 235, 2: 235, 3: 385, 4: 385, 5: 385,
    }  # fmt: skip
    for level in (1, 2, 3, 4, 5):
        groups = Counter(row.group for row in QCVN.level(level))
        assert groups == Counter({name: counts[level > 2] for name, counts in QCVN_GROUPS.items()})
    keys = {row.key for row in QCVN.requirements}
    assert (len(keys), len(keys & {row.key for row in TCVN.requirements})) == (385, 219)


@pytest.mark.parametrize("level", sorted(OLD_PARTS))
def test_tcvn_11930_is_whole(level: int) -> None:
    assert len(OLD.requirements) == 348
    parts: Counter[str] = Counter()
    for row in OLD.level(level):
        if row.source == "derived":
            parts["details"] += 1
        elif row.key.startswith("zone."):
            parts["zones"] += 1
        elif row.key.startswith("sol."):
            parts["solutions"] += 1
        elif "-Art" in row.clause:
            parts["article 9"] += 1
        elif re.match(r"\d\.2\.", row.clause):
            parts["technical"] += 1
        else:
            parts["management"] += 1
    names = ("management", "technical", "zones", "solutions", "article 9", "details")
    assert tuple(parts[name] for name in names) == OLD_PARTS[level]


@pytest.mark.parametrize("name", names())
def test_a_shipped_table_is_as_strict_as_one_of_an_organisation(name: str) -> None:
    assert tables.read(path_of(name)) == load(name).requirements


@pytest.mark.parametrize("baseline", EVERY, ids=lambda one: one.id)
def test_every_row_can_be_read(baseline: object) -> None:
    for row in load(getattr(baseline, "id", "")).requirements:
        assert row.text["en"] and row.text["vi"] and row.clause and row.group, row
        assert row.strength in STRENGTHS
        assert row.period in PERIODS
        assert row.evidence in tables.EVIDENCE


def test_a_condition_that_decides_over_a_row_is_known() -> None:
    used = {row.condition for one in EVERY for row in one.requirements}
    whole = {name for name in used if re.fullmatch(r"if_\w+", name)}
    unprovable = {"if_supported", "if_available"}
    assert whole - unprovable == conditions().keys()


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


@pytest.mark.parametrize("name", names())
def test_a_shipped_baseline_says_what_it_is(name: str) -> None:
    said = about(name)
    assert said.title["vi"] and said.title["en"] and said.act["vi"] and said.due_for["vi"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", said.in_force)


def test_only_shipped_baselines_are_known() -> None:
    assert names() == ("qcvn12-2026", "tcvn11930-2017", "tcvn14423-2026")
    with pytest.raises(UsageError, match="no baseline"):
        load("../baselines/attested")
