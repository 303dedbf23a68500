"""`govctl baseline`: what is asked for, by whom it is answered, and how levels differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Govctl
from tests.site import forgotten


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with forgotten():
        yield


def _json(govctl: Govctl, *words: str) -> Any:
    said = govctl("baseline", *words, "--format", "json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_baselines_and_profiles_are_listed(govctl: Govctl) -> None:
    out = _flat(govctl("baseline", "list").out)
    assert "tcvn14423-2026 level 1–5: 111 131 197 275 290" in out
    assert "qcvn12-2026 level 1–5: 235 235 385 385 385" in out
    assert "cis-debian12:l1-server" in out
    found = {row["id"]: row for row in _json(govctl, "list")["baselines"]}
    assert found["qcvn12-2026"]["in_force"] == "2026-07-01"
    assert found["tcvn14423-2026"]["levels"]["3"] == {"requirements": 197, "annex": 19}
    assert found["cis-debian12:l1-server"]["kind"] == "profile"


def test_a_baseline_says_what_it_is_and_counts_its_groups(govctl: Govctl) -> None:
    out = _flat(govctl("baseline", "show", "qcvn12-2026").out)
    assert "legal act: Circular 47/2026/TT-BCA" in out
    assert "in force since: 2026-07-01" in out
    assert "10 10 20 20 20 logs" in out
    assert "235 235 385 385 385 in all" in out


def test_each_requirement_says_who_answers_it(govctl: Govctl) -> None:
    out = _flat(govctl("baseline", "show", "tcvn14423-2026:3").out)
    for text in (
        "5.8.2.1 a log.retention Capacity for the minimum retention; alarm before full"
        " log_retention>=3 months; near_full_alarm==true answered by log-server-retention",
        "a person attests that the central store has room for the whole period",
        "answered by the estate's description",
        "open: nothing answers it yet",
        "only if addresses are given out by DHCP",
        "annex, not counted",
        "every year · also on organisation-change",
        "derived from another level",
    ):
        assert text in out, text


def test_rows_are_chosen_by_group_and_answer(govctl: Govctl) -> None:
    words = ("show", "tcvn14423-2026:3", "--group", "logs", "--answer", "hosts")
    rows = _json(govctl, *words)["requirements"]
    assert {row["group"] for row in rows} == {"logs"}
    assert all(row["checks"] and row["answer"] == "hosts" for row in rows)
    (row,) = [row for row in rows if row["key"] == "log.retention"]
    assert row["thresholds"][0] == {
        "name": "log_retention", "op": ">=", "value": "3", "unit": "months",
    }  # fmt: skip
    assert row["left_to_people"]["vi"].startswith("kho tập trung")
    out = govctl("baseline", "show", "qcvn12-2026:1", "--group", "time", "--answer", "plan").out
    assert "no requirement is like this" in out


def test_of_several_baselines_the_stricter_is_shown(govctl: Govctl) -> None:
    both = ("show", "tcvn14423-2026:3", "qcvn12-2026:3", "--group", "logs")
    out = _flat(govctl("baseline", *both).out)
    assert "log_retention>=12 months (qcvn12-2026:3.9.2.1.9|3.9.2.1.10)" in out
    assert "log_retention>=3 months" not in out
    demands = _json(govctl, *both)["demands"]
    (review,) = [one for one in demands if one["key"] == "log.review"]
    assert review["period"]["value"] == "W"
    assert review["period"]["whose"][0].startswith("qcvn12-2026:3.9.")
    assert len(review["requirements"]) == 2


def test_a_profile_shows_its_checks_and_values(govctl: Govctl) -> None:
    out = govctl("baseline", "show", "cis-debian12:l1-server").out
    assert "sshd_max_auth_tries_value = 4" in out
    assert len(_json(govctl, "show", "anssi-bp28:minimal")["checks"]) > 0


def test_levels_are_told_apart_by_key(govctl: Govctl) -> None:
    found = _json(govctl, "diff", "tcvn14423-2026:2", "tcvn14423-2026:3")
    assert "net.remote.posture" in [row["key"] for row in found["only_first"]]
    assert "acc.central" in [row["key"] for row in found["only_second"]]
    changed = {each["key"]: each["changes"] for each in found["changed"]}
    assert changed["log.retention"][0] == {
        "field": "threshold", "before": "log_retention>=1 months",
        "after": "log_retention>=3 months", "order": "tighter",
    }  # fmt: skip
    assert changed["acc.list.review"][0]["after"] == "6M"
    back = _flat(govctl("baseline", "diff", "tcvn14423-2026:3", "tcvn14423-2026:2").out)
    assert "log_retention>=3 months → log_retention>=1 months (less strict)" in back
    same = govctl("baseline", "diff", "qcvn12-2026:5", "qcvn12-2026").out
    assert "both ask for alike: 385" in same


def test_profiles_are_told_apart_by_their_checks(govctl: Govctl) -> None:
    found = _json(govctl, "diff", "cis-debian12:l1-server", "cis-debian12:l2-server")
    assert found["only_first"] == []
    assert found["only_second"]


def test_coverage_is_counted_and_what_is_open_is_listed(govctl: Govctl) -> None:
    (level,) = _json(govctl, "coverage", "tcvn14423-2026:3")["coverage"]
    assert level["total"] == 197
    assert level["automated"] + level["attested"] + level["open"] == 197
    assert len(level["open_requirements"]) == level["open"]
    groups = level["groups"].values()
    assert sum(one["open"] for one in groups) == level["open"]
    out = govctl("baseline", "coverage", "tcvn14423-2026:3", "--open", "--group", "network").out
    assert "net.waf" in out
    assert "hw.orphan" not in out
    assert "no number here" in _flat(out)
    assert len(_json(govctl, "coverage")["coverage"]) == 15


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("show",), "which baseline?"),
        (("show", "tcvn14423:3"), "did you mean tcvn14423-2026"),
        (("show", "tcvn14423-2026:9"), "tcvn14423-2026 has no level 9"),
        (("show", "tcvn14423-2026:2", "qcvn12-2026:3"), "shown together at one level"),
        (("show", "tcvn14423-2026:2", "--group", "log"), "did you mean logs?"),
        (("show", "tcvn14423-2026:2", "--answer", "host"), "hosts"),
        (("diff", "tcvn14423-2026:2", "cis-debian12:l1-server"), "no keys in common"),
        (("coverage", "cis-debian12:l1-server"), "is a profile"),
    ],
)
def test_wrong_words_are_refused(govctl: Govctl, words: tuple[str, ...], expected: str) -> None:
    said = govctl("baseline", *words)
    assert said.code == 2
    assert expected in _flat(said.err)
    assert said.out == ""


def _tailored(estate: Path) -> Path:
    file = estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("baselines: [tcvn14423-2026]", "baselines: [tcvn14423-2026, phu-tho-12]")
        + "tailoring:\n"
        "  - changes: {log.retention: {threshold: log_retention>=36 months}}\n"
        "    adds: [{key: own.guest, clause: QĐ 15 4.2, text: Khách, levels: [3]}]\n",
        encoding="utf-8",
    )
    (estate / "baselines").mkdir()
    (estate / "baselines" / "phu-tho-12.csv").write_text(
        "level,clause,group,key,threshold,strength,evidence,topic_en,topic_vi\n"
        "3,QĐ12 4.2,logs,log.retention,log_retention>=24 months,required,document,Kept,Lưu\n",
        encoding="utf-8",
    )
    return estate


def test_an_estates_own_tables_and_tailoring_are_shown(govctl: Govctl, estate: Path) -> None:
    own = _tailored(estate)
    assert govctl("validate", str(own)).code == 0
    out = _flat(govctl("baseline", "show", "tcvn14423-2026:3", "--estate", str(own)).out)
    assert "log_retention>=36 months (estate)" in out
    out = _flat(govctl("baseline", "list", "--estate", str(own)).out)
    assert "phu-tho-12 level 3: 1" in out
    assert "only-described level 3: 1" in out
    shown = _json(govctl, "show", "only-described:3", "--estate", str(own))["requirements"]
    assert [row["key"] for row in shown] == ["own.guest"]


def test_a_wrong_table_is_refused_by_whoever_reads_the_estate(govctl: Govctl, estate: Path) -> None:
    own = _tailored(estate)
    table = own / "baselines" / "phu-tho-12.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("required", "must"), "utf-8")
    for words in (("validate", str(own)), ("baseline", "list", "--estate", str(own))):
        said = govctl(*words)
        assert said.code == 2
        assert 'phu-tho-12.csv:2:6: "must" is not known here' in said.err
