"""A profile section by section: the worst finding counts, and what nobody looked at is told."""

from __future__ import annotations

from govctl.texts import msg
from policies.model import Finding, Profile, Status
from policies.sections import counted, sections

PROFILE = Profile(
    "cis:x", {}, {"cis": frozenset({"5.1.10", "5.1.9", "6.1"}), "ssg": frozenset({"a_rule"})}
)


def _finding(check: str, status: Status, *cis: str, target: str = "box") -> Finding:
    return Finding(target, check, status, "low", msg("so"), (), (), {"cis": cis})


def test_sections_stand_in_the_benchmarks_order_with_their_worst_finding() -> None:
    found = sections(
        PROFILE,
        [
            _finding("b", "pass", "5.1.10"),
            _finding("a", "pass", "5.1.10", "5.1.9"),
            _finding("a", "fail", "5.1.10", target="other"),
            _finding("c", "pass", "7.7"),
        ],
    )
    assert [(one.id, one.checks, one.status) for one in found] == [
        ("5.1.9", ("a",), "pass"),
        ("5.1.10", ("a", "b"), "fail"),
        ("6.1", (), None),
    ]
    assert counted(found) == {"pass": 1, "fail": 1, None: 1}


def test_what_is_not_evaluated_does_not_pass() -> None:
    found = sections(PROFILE, [_finding("a", "pass", "6.1"), _finding("b", "not-evaluated", "6.1")])
    assert found[2].status == "not-evaluated"
