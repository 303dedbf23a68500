"""OSCAL assessment results, read by compliance-trestle's own model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from trestle.oscal.assessment_results import Model

from govctl.reports.oscal import render
from govctl.reports.oscal_names import token
from tests.reports.contexts import RUN, WAIVER, context, hostile, outside


def result(content: bytes) -> Any:
    Model.model_validate_json(content)
    (one,) = json.loads(content)["assessment-results"]["results"]
    return one


EMPTY = replace(RUN, estate=None, targets=(), findings=(), probes=())


@pytest.mark.parametrize(
    ("content", "observations"),
    [
        (render(RUN, context()), len(RUN.findings) + 2),
        (render(RUN, context(language="vi")), len(RUN.findings) + 2),
        (render(RUN, outside()), len(RUN.findings) + 2),
        (render(hostile(), context(hostile())), len(hostile().findings) + 2),
        (render(EMPTY, outside()), 0),
    ],
    ids=["estate", "vi", "no estate", "hostile", "empty"],
)
def test_the_document_is_one_that_trestle_reads(content: bytes, observations: int) -> None:
    assert len(result(content).get("observations", ())) == observations


def test_every_reference_leads_somewhere_and_every_identifier_is_unique() -> None:
    one = result(render(RUN, context()))
    items = {item["uuid"] for item in one["local-definitions"]["inventory-items"]}
    observations = {item["uuid"] for item in one["observations"]}
    risks = {item["uuid"] for item in one["risks"]}
    findings = {item["uuid"] for item in one["findings"]}
    for name, found in (("observations", observations), ("risks", risks), ("findings", findings)):
        assert len(found) == len(one[name])
    for item in one["observations"]:
        assert {subject["subject-uuid"] for subject in item["subjects"]} <= items
    named: set[str] = set()
    for item in one["findings"]:
        named |= {link["observation-uuid"] for link in item.get("related-observations", ())}
        assert {link["risk-uuid"] for link in item.get("related-risks", ())} <= risks
    assert named == observations


def test_only_what_passes_is_satisfied() -> None:
    for item in result(render(RUN, context()))["findings"]:
        (status,) = [prop["value"] for prop in item["props"] if prop["name"] == "status"]
        satisfied = item["target"]["status"]["state"] == "satisfied"
        assert satisfied == (status == "pass")


def test_an_accepted_risk_has_its_deviation_approved_and_stays_not_satisfied() -> None:
    one = result(render(RUN, context()))
    (accepted,) = [risk for risk in one["risks"] if risk["status"] == "deviation-approved"]
    assert WAIVER in accepted["statement"]
    assert {risk["status"] for risk in one["risks"]} == {"open", "deviation-approved"}
    linked = [
        item["target"]["status"]["state"]
        for item in one["findings"]
        if {"risk-uuid": accepted["uuid"]} in item.get("related-risks", ())
    ]
    assert linked and set(linked) == {"not-satisfied"}


def test_every_requirement_of_every_tier_is_a_finding() -> None:
    one = result(render(RUN, context()))
    clauses = [
        (prop["value"], tier["value"])
        for item in one["findings"]
        for prop in item["props"]
        if prop["name"] == "clause"
        for tier in item["props"]
        if tier["name"] == "tier"
    ]
    assert len(clauses) == len(set(clauses)) == 20  # ten rows for each of two tiers


def test_what_was_not_looked_at_is_said() -> None:
    said = {(one["name"], one["value"]) for one in result(render(RUN, context()))["props"]}
    assert {("unreachable", "edge"), ("without-result", "ghost")} <= said
    assert ("not-in-run", "hall-07894") in said


@pytest.mark.parametrize(
    ("name", "as_token"),
    [
        ("tcvn14423-2026:5.6.2.3 a", "tcvn14423-2026_5.6.2.3_a"),
        ("5.1", "_5.1"),
        ("", "_"),
        ("đ", "__"),
    ],
)
def test_names_become_tokens(name: str, as_token: str) -> None:
    assert token(name) == as_token
