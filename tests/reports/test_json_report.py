"""The JSON that pipelines rely on fits its published schema and is the same every time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from govctl.reports.json_report import SCHEMA_FILE, render_json, scan_document
from govctl.texts import msg
from tests.reports import examples


@pytest.fixture(scope="module")
def schema() -> Any:
    found = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


RUN = examples.run(examples.estate(), examples.checks(), silent=["edge"])


def test_the_document_fits_the_published_schema(schema: Any) -> None:
    jsonschema.validate(json.loads(render_json(RUN)), schema)


def test_a_scan_outside_any_estate_fits_too(schema: Any) -> None:
    run = replace(RUN, estate=None, estate_digest=None, targets=("/srv/a",), findings=())
    document = json.loads(render_json(run))
    jsonschema.validate(document, schema)
    assert document["coverage"]["without_result"] == ["/srv/a"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "ok"},
        {"severity": 3},
        {"references": {"ssg": "x"}},
        {"more": 1},
        {"reason": None},
    ],
)
def test_the_schema_refuses_what_is_no_result(schema: Any, change: dict[str, Any]) -> None:
    document = scan_document(RUN)
    document["results"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_a_result_has_exactly_the_fields_of_the_contract() -> None:
    result = scan_document(RUN)["results"][0]
    assert list(result) == [
        "target",
        "check",
        "status",
        "severity",
        "reason",
        "references",
        "requirements",
        "values",
        "waiver",
        "exception",
    ]


def test_the_same_run_gives_the_same_bytes_in_any_order() -> None:
    assert render_json(replace(RUN, findings=RUN.findings[::-1])) == render_json(RUN)


def test_coverage_names_who_did_not_answer() -> None:
    coverage = scan_document(RUN)["coverage"]
    assert coverage["unreachable"] == ["edge"]
    assert coverage["reached"] == coverage["targets"] - 1
    unanswered = sum(finding.status in ("unreachable", "not-evaluated") for finding in RUN.findings)
    assert coverage["evaluated"] == coverage["results"] - unanswered


def test_hostile_text_stays_valid_json() -> None:
    odd = b"\xff\x1b[31m</script>".decode("utf-8", "surrogateescape")
    finding = replace(RUN.findings[0], reason=msg("{x}", x=odd))
    text = render_json(replace(RUN, findings=(finding,)))
    assert json.loads(text.encode())["results"][0]["reason"] == odd
