"""The JSON Schemas that editors use accept what the loader accepts, and explain it."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from govctl.decisions.schema import schemas
from tests.decisions.support import attestation, waiver


def judged(name: str, entry: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(schemas()[name]())
    return [error.json_path for error in validator.iter_errors({name: [entry]})]


@pytest.mark.parametrize("name", ["waivers", "attestations"])
def test_each_is_a_schema_that_explains_its_keys(name: str) -> None:
    schema = schemas()[name]()
    jsonschema.Draft202012Validator.check_schema(schema)
    entry = schema["$defs"]["WaiverSource" if name == "waivers" else "AttestationSource"]
    assert "with a time zone" in entry["properties"]["until"]["description"]


def test_what_the_loader_accepts_satisfies_it() -> None:
    assert judged("waivers", waiver()) == []
    assert judged("waivers", waiver(at="estate", until="2027-03-01 +07:00")) == []
    assert judged("attestations", attestation()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"until": "2027-03-01"},
        {"reason": None},
        {"at": {"units": "x"}},
        {"id": "W 1"},
        {"why": "x"},
    ],
)
def test_mistakes_do_not(change: dict[str, Any]) -> None:
    assert judged("waivers", waiver(**change))
