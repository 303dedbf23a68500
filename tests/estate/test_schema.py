"""The JSON Schema that editors use accepts what the loader accepts, and explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from govctl.estate.init import create
from govctl.estate.schema import schema
from tests.estate.support import SMALL, catalogue


def judged(text: str) -> list[str]:
    data: dict[str, Any] = yaml.safe_load(text)
    validator = jsonschema.Draft202012Validator(schema())
    return [error.json_path for error in validator.iter_errors(data)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_real_estates_satisfy_it(tmp_path: Path) -> None:
    create(tmp_path / "e", "Phú Thọ", communes=3, catalogue=catalogue())
    assert judged((tmp_path / "e" / "estate.yaml").read_text()) == []
    assert judged(SMALL) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("level: 3\n", "level: 9\n", "$.systems[2].level"),
        ("200 Mbit/s", "200", "$['site kinds']['commune-office'].links"),
        ("tiers:", "teirs:", "$"),
    ],
)
def test_mistakes_do_not(old: str, new: str, path: str) -> None:
    found = judged(SMALL.replace(old, new))
    assert any(one.replace('"', "'") == path for one in found), found


def test_keys_are_explained() -> None:
    properties = schema()["properties"]
    assert "Levels of government" in properties["tiers"]["description"]
    assert "bridge points" in schema()["$defs"]["SiteKindSource"]["properties"]
