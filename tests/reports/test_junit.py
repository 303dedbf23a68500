"""JUnit: a suite a target, a case a check, and nothing that did not pass counts as passed."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as Xml

import pytest

from govctl.reports.junit import render
from tests.reports.contexts import RUN, WAIVER, context, hostile


@pytest.fixture(scope="module")
def root() -> Xml.Element:
    return Xml.fromstring(render(RUN, context()))


def test_a_suite_for_each_target_and_a_case_for_each_check(root: Xml.Element) -> None:
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == set(RUN.targets)
    cases = Counter(case.get("name") for case in suites["server-web-1"].iter("testcase"))
    assert cases["sshd-root-login"] == 1
    assert max(cases.values()) == 1
    assert any(name and name.startswith("service:portal.web ") for name in cases)


def test_what_the_counts_say_is_there(root: Xml.Element) -> None:
    for suite in (root, *root):
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped",) * 2):
            assert suite.get(attribute) == str(len(list(suite.iter(tag))))
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))


def test_only_what_passed_is_a_case_without_a_child(root: Xml.Element) -> None:
    passed = sum(one.status == "pass" for one in RUN.findings) + len(RUN.probes)
    assert sum(not len(case) for case in root.iter("testcase")) == passed
    failed = sum(one.status == "fail" and not one.waiver for one in RUN.findings)
    assert len(list(root.iter("failure"))) == failed
    unreachable = sum(one.status == "unreachable" for one in RUN.findings)
    assert len(list(root.iter("error"))) == unreachable + 1  # and the target without a result


def test_an_accepted_risk_is_skipped_and_says_so(root: Xml.Element) -> None:
    (told,) = [word for one in root.iter("skipped") if WAIVER in (word := one.get("message", ""))]
    assert told.startswith(f"accepted risk: {WAIVER} · fail: ")


def test_every_text_makes_valid_xml() -> None:
    run = hostile()
    root = Xml.fromstring(render(run, context(run)))
    assert len(root) == len({one.target for one in run.findings}) + 2
    assert "␛[31m⟨202E⟩␀⟨009B⟩⟨D800⟩" in (next(root.iter("failure")).text or "")
