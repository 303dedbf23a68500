"""How two judges' verdicts are set side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.texts import msg
from policies.catalogue import checks
from policies.model import Check, Finding, Status
from policies.values import Value
from tests.benchmarks.accuracy import comparing, openscap

DECISIONS = comparing.read_decisions(Path(__file__).parent / "accuracy" / "decisions.csv")


def check(name: str, *rules: str) -> Check:
    return Check(name, "f", {}, "low", {}, (), {"ssg": rules}, None)


def finding(name: str, status: Status) -> Finding:
    return Finding("box", name, status, "low", msg("so"), (), (), {})


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        ("pass", "pass", "pass"),
        ("fail", "fail", "fail"),
        ("fail", "pass", "differ"),
        ("pass", "fail", "differ"),
        ("fail", "not-evaluated", "we do not judge"),
        ("notapplicable", "not-applicable", "we do not judge"),
        ("notapplicable", "pass", "they do not judge"),
        ("error", "fail", "they do not judge"),
    ],
)
def test_kinds_of_pairs(theirs: str, ours: Status, kind: str) -> None:
    pairs = comparing.compare("s", {"r": theirs}, [check("a", "r")], [finding("a", ours)])
    assert [pair.kind for pair in pairs] == [kind]


def test_the_worst_of_our_checks_counts_for_a_rule() -> None:
    rows = [check("a", "r"), check("b", "r")]
    found = [finding("a", "pass"), finding("b", "fail")]
    (pair,) = comparing.compare("s", {"r": "fail"}, rows, found)
    assert (pair.ours, pair.kind, pair.checks) == ("fail", "fail", ("a", "b"))


def test_one_check_for_several_rules_fails_for_the_rule_that_fails() -> None:
    rows, found = [check("a", "owner", "mode")], [finding("a", "fail")]
    both = comparing.compare("s", {"owner": "pass", "mode": "fail"}, rows, found)
    assert {pair.rule: pair.kind for pair in both} == {"owner": "merged", "mode": "fail"}
    alone = comparing.compare("s", {"owner": "pass", "mode": "pass"}, rows, found)
    assert {pair.kind for pair in alone} == {"differ"}


def test_rules_that_were_not_asked_are_no_pairs() -> None:
    rows, found = [check("a", "r", "other")], [finding("a", "pass")]
    assert comparing.compare("s", {"r": "notselected"}, rows, found) == []


def test_both_sides_ask_for_one_value_but_not_for_a_choice() -> None:
    args = {"minimum": Value(14, "n", variables=("var_n",)),
            "values": Value(["1"], "m", variables=("var_m",)),
            "one_of": Value(["a", "b"], "o", variables=("var_o",))}  # fmt: skip
    row = Check("a", "f", args, "low", {}, (), {}, None)
    assert comparing.shared_values([row]) == {"var_n": "14", "var_m": "1"}


def test_results_are_read_by_rule() -> None:
    text = f"""<Benchmark xmlns="{openscap.XCCDF}"><TestResult>
        <rule-result idref="{openscap.RULE}a"><result>pass</result></rule-result>
        <rule-result idref="{openscap.RULE}b"/></TestResult></Benchmark>"""
    assert openscap.read(text.encode()) == {"a": "pass", "b": "unknown"}


def test_decisions_name_rules_that_checks_answer_and_say_why() -> None:
    answered = {rule for row in checks() for rule in row.references.get("ssg", ())}
    wrong = [
        one for one in DECISIONS
        if one.rule not in answered or len(one.why) < 20
        or one.right not in ("ours", "theirs", "both", "neither")
        or {one.theirs, one.ours} != {"pass", "fail"}
    ]  # fmt: skip
    assert DECISIONS
    assert wrong == []
