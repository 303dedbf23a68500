"""SARIF 2.1.0, held by constraints written from the standard.

Its schema is OASIS's and not kept here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from govctl.reports.context import Revision
from govctl.reports.sarif import message, render
from policies.model import STATUSES
from tests.reports.contexts import (
    CHECKS,
    EVIL,
    RUN,
    WAIVER,
    context,
    first,
    hostile,
    outside,
    with_finding,
)

TEXT = {"text": str}
REFERENCE = {"id": str, "index": int, "toolComponent": {"name": str, "index": int}}
DESCRIPTOR = {
    "id": str,
    "shortDescription": TEXT,
    "fullDescription": TEXT,
    "help": {"text": str, "markdown": str},
    "defaultConfiguration": {"level": {"error", "warning", "note", "none"}},
    "properties": dict,
    "relationships": [{"target": REFERENCE, "kinds": [str]}],
}
FILE = {"uri": str, "uriBaseId": str}
LOCATION = {
    "logicalLocations": [{"index": int, "fullyQualifiedName": str}],
    "physicalLocation": {"artifactLocation": FILE},
}
RESULT = {
    "ruleId": str,
    "ruleIndex": int,
    "kind": {"pass", "fail", "notApplicable", "open"},
    "level": {"error", "warning", "note", "none"},
    "message": TEXT,
    "locations": [LOCATION],
    "partialFingerprints": dict,
    "taxa": [REFERENCE],
    "properties": dict,
    "suppressions": [
        {"kind": {"external"}, "status": {"accepted"}, "justification": str},
    ],
}
LOG = {
    "$schema": str,
    "version": {"2.1.0"},
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": str,
                    "version": str,
                    "language": str,
                    "rules": [DESCRIPTOR],
                    "supportedTaxonomies": [{"name": str, "index": int}],
                }
            },
            "automationDetails": {"id": str},
            "invocations": [
                {
                    "executionSuccessful": bool,
                    "exitCode": int,
                    "exitCodeDescription": str,
                    "startTimeUtc": str,
                    "endTimeUtc": str,
                    "arguments": [str],
                    "account": str,
                    "machine": str,
                    "toolExecutionNotifications": [
                        {"level": {"error"}, "message": TEXT, "descriptor": {"id": str}}
                    ],
                }
            ],
            "language": str,
            "taxonomies": [
                {
                    "name": str,
                    "isComprehensive": bool,
                    "taxa": [{"id": str, "shortDescription": TEXT}],
                }
            ],
            "originalUriBaseIds": dict,
            "logicalLocations": [{"name": str, "fullyQualifiedName": str, "kind": str}],
            "results": [RESULT],
            "versionControlProvenance": [
                {"repositoryUri": str, "revisionId": str, "branch": str},
            ],
            "properties": dict,
        }
    ],
}
"""The objects that govctl writes, each closed as the standard closes it; properties may lack."""


def fit(value: Any, shape: Any, place: str = "$") -> None:
    """Fail if a value has a property or a type that its shape has not."""
    if isinstance(shape, type):
        assert isinstance(value, shape), place
    elif isinstance(shape, set):
        assert value in shape, f"{place}: {value}"
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for number, one in enumerate(value):
            fit(one, shape[0], f"{place}[{number}]")
    else:
        assert isinstance(value, dict), place
        assert set(value) <= set(shape), f"{place}: {set(value) - set(shape)}"
        for name, one in value.items():
            fit(one, shape[name], f"{place}.{name}")


def log(run: Any = RUN, **values: Any) -> Any:
    return json.loads(render(run, context(run, **values)))


def only_run(run: Any = RUN, **values: Any) -> Any:
    return log(run, **values)["runs"][0]


@pytest.mark.parametrize("run", [RUN, hostile()], ids=["a run", "a hostile run"])
def test_every_object_has_the_properties_of_the_standard(run: Any) -> None:
    revision = Revision("https://example.test/a", "0" * 40, "main")
    document = log(run, revision=revision)
    fit(document, LOG)
    for one in document["runs"]:
        assert one["results"]
        for result in one["results"]:
            assert {"message", "ruleId", "locations", "kind", "level"} <= set(result)
            assert result["message"]["text"] is not None


def test_every_index_leads_to_what_the_id_says() -> None:
    one = only_run()
    rules = one["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    references = [taxon for result in one["results"] for taxon in result.get("taxa", ())]
    references += [link["target"] for rule in rules for link in rule.get("relationships", ())]
    assert references
    for reference in references:
        component = one["taxonomies"][reference["toolComponent"]["index"]]
        assert component["name"] == reference["toolComponent"]["name"]
        assert component["taxa"][reference["index"]]["id"] == reference["id"]
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        (logical,) = place["logicalLocations"]
        known = one["logicalLocations"][logical["index"]]
        assert known["fullyQualifiedName"] == logical["fullyQualifiedName"]


def test_each_status_has_its_kind_and_only_what_fails_has_a_level() -> None:
    one = only_run()
    kinds = {
        "pass": "pass",
        "fail": "fail",
        "not-applicable": "notApplicable",
        "not-evaluated": "open",
        "unreachable": "open",
    }
    statuses = Counter(result["properties"]["status"] for result in one["results"])
    assert set(statuses) == set(STATUSES)
    for result in one["results"]:
        assert result["kind"] == kinds[result["properties"]["status"]]
        assert (result["level"] == "none") == (result["kind"] != "fail")


def test_an_accepted_risk_is_a_failure_with_a_suppression() -> None:
    one = only_run()
    waived = [result for result in one["results"] if result["suppressions"]]
    assert [result["kind"] for result in waived] == ["fail"]
    assert waived[0]["suppressions"][0]["justification"] == WAIVER
    plain = replace(RUN, findings=tuple(replace(f, waiver=None) for f in RUN.findings))
    assert not [result for result in only_run(plain)["results"] if "suppressions" in result]


def test_fingerprints_are_unique_and_know_no_time() -> None:
    later = replace(
        RUN,
        id="20271122T044212.345Z-000000",
        started=RUN.started.replace(year=2027),
        finished=RUN.finished.replace(year=2027),
    )
    before, after = only_run(), only_run(later)
    prints = [result["partialFingerprints"] for result in before["results"]]
    assert prints == [result["partialFingerprints"] for result in after["results"]]
    assert len({one["govctl/v1"] for one in prints}) == len(prints)


def test_another_argument_is_another_finding() -> None:
    number = first(RUN, "fail")
    stricter = with_finding(RUN, number, values=("minimum 14 (tcvn14423-2026:5.6.2.2 b)",))
    before = {one["partialFingerprints"]["govctl/v1"] for one in only_run()["results"]}
    after = {one["partialFingerprints"]["govctl/v1"] for one in only_run(stricter)["results"]}
    assert len(before - after) == len(after - before) == 1


def test_the_invocation_says_how_it_ended_and_who_was_silent() -> None:
    (invocation,) = only_run()["invocations"]
    assert invocation["exitCode"] == 4
    assert invocation["executionSuccessful"] is False
    told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert any("edge" in text for text in told)
    assert any("ghost" in text for text in told)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", invocation["startTimeUtc"])


def test_a_rule_says_how_it_is_judged_and_how_grave_it_is() -> None:
    rules = {rule["id"]: rule for rule in only_run()["tool"]["driver"]["rules"]}
    rule = rules["sshd-root-login"]
    assert "sshd.option" in rule["help"]["text"]
    assert "a person has to fix it" in rule["help"]["text"]
    assert "cis 5.1.0" in rule["help"]["text"]
    scores = {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 2.5}
    for name, check in CHECKS.items():
        assert float(rules[name]["properties"]["security-severity"]) == scores[check.severity]


def test_a_machine_has_the_description_of_its_estate_for_viewers_of_files() -> None:
    one = only_run()
    assert "ESTATE" in one["originalUriBaseIds"]
    for result in one["results"]:
        file = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert file == {"uri": "estate.yaml", "uriBaseId": "ESTATE"}
    names = {place["fullyQualifiedName"] for place in one["logicalLocations"]}
    assert "phu-tho/25/portal/server-web-1" in names


@pytest.mark.parametrize(
    ("root", "file"),
    [
        ("/mnt/a b", {"uri": "etc/ssh/sshd_config", "uriBaseId": "TREE-0"}),
        ("images/a", {"uri": "images/a/etc/ssh/sshd_config"}),
        ("./images/a/", {"uri": "images/a/etc/ssh/sshd_config"}),
        ("c:d", {"uri": "c%3Ad/etc/ssh/sshd_config"}),
    ],
)
def test_a_tree_is_a_physical_location(root: str, file: dict[str, str]) -> None:
    finding = replace(RUN.findings[0], target=root)
    run = replace(RUN, estate=None, targets=(root,), findings=(finding,), probes=())
    known = outside(trees=True, files=lambda _check: ("/etc/ssh/sshd_config",))
    (one,) = json.loads(render(run, known))["runs"]
    (result,) = one["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": file}}]
    assert "logicalLocations" not in one
    if root.startswith("/"):
        assert one["originalUriBaseIds"] == {"TREE-0": {"uri": "file:///mnt/a%20b/"}}


def test_the_revision_of_a_pipeline_is_said_where_it_is_known() -> None:
    revision = Revision("https://example.test/estate", "0" * 40)
    (said,) = only_run(revision=revision)["versionControlProvenance"]
    assert said == {"repositoryUri": "https://example.test/estate", "revisionId": "0" * 40}
    assert "versionControlProvenance" not in only_run()


def test_braces_are_no_placeholders_and_hidden_characters_are_shown() -> None:
    assert message("{0} and {name}")["text"] == "{{0}} and {{name}}"
    assert "␛[31m" in message(EVIL)["text"]
