"""The JSON Schema that editors use accepts what the loader accepts, and explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from govctl.estate.init import create
from govctl.estate.schema import schema
from tests.estate.support import SMALL, catalogue, changed, load_text


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


def test_an_estate_of_another_country_satisfies_it_too(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "code,parent,tier,kind,name,lat,lon\nNO,,country,,Norge,,\n46,NO,county,fylke,Vestland,,\n"
        "4601,46,municipality,kommune,Bergen,,\n"
    )
    create(tmp_path / "e", "NO", register_csv=own, catalogue=catalogue())
    text = (tmp_path / "e" / "estate.yaml").read_text()
    assert "counties of" in text
    assert judged(text) == []
    for old, new in (
        ("    site: county-office", "    siet: county-office"),
        ('country: "NO"\n    site', "site"),
    ):
        assert judged(changed(old, new, text)) != []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("level: 3\n", "level: 9\n", "$.systems[2].level"),
        ("200 Mbit/s", "200", "$['site kinds']['commune-office'].links"),
        ("tiers:", "teirs:", "$"),
        ("10.25.0.0/16", "fd25::/48", "$.addresses.ipv4"),
        ("fd25:25::/48", "10.25.0.0/16", "$.addresses.ipv6"),
        ("target: {kind: lxd}", "domain: Phú Thọ", "$.domain"),
        ("{kind: lxd}", "{kind: lxd, backend: sqlite://x}", "$.target"),
        ("port: 443", "port: []", "$.systems[2].flows[0].port"),
        ("port: 443", "port: [443, any]", "$.systems[2].flows[0].port"),
    ],
)
def test_mistakes_do_not(old: str, new: str, path: str) -> None:
    found = judged(SMALL.replace(old, new))
    assert any(one.replace('"', "'") == path for one in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("200 Mbit/s", "0.2 gbit/s"),
        ("port: 443", "port: [443, 8000-8100]"),
        ("{room: hall}", "{room: hall, limits: {memory: 256mib}}"),
        ("10.25.0.0/16", "10.25.0.0/255.255.0.0"),
    ],
)
def test_what_is_understood_is_not_underlined(tmp_path: Path, old: str, new: str) -> None:
    text = changed(old, new)
    assert load_text(tmp_path, text).id == "phu-tho"
    assert judged(text) == []


def test_keys_are_explained() -> None:
    properties = schema()["properties"]
    assert "Levels of government" in properties["tiers"]["description"]
    assert "bridge points" in schema()["$defs"]["SiteKindSource"]["properties"]
