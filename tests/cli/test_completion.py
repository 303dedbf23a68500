"""Tab offers real ids, quickly, and nothing where there is nothing to offer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from govctl.evidence import Store
from tests.cli.conftest import program
from tests.reports import examples


def offers(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    environment = {
        "_GOVCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": "\n".join(["govctl", *words]),
        "COMP_CWORD": str(len(words)),
    }
    said = program(**environment)
    assert (said.code, said.err) == (0, "")
    return [line for line in said.out.splitlines() if line]


@pytest.fixture
def known(estate: Path) -> Path:
    run = examples.run(examples.estate(), examples.checks(1))
    for name in ("20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-bbbbbb"):
        Store(estate / ".govctl" / "runs").write(replace(run, id=name), {})
    return estate


def test_units_of_the_estate(known: Path) -> None:
    assert offers("scan", str(known), "--unit", "0") == ["07894", "07918", "08515"]


def test_systems_of_the_estate(known: Path) -> None:
    assert offers("report", str(known), "--system", "p") == ["portal"]


def test_whatever_can_be_explained(known: Path) -> None:
    offered = offers("show", str(known), "--explain", "p")
    assert offered == ["p25", "portal", "portal-web-1"]
    assert "08515" in offers("show", str(known), "--explain", "")


def test_provinces_of_the_register_that_is_meant(tmp_path: Path) -> None:
    assert "26" in offers("init", "x", "--as-of", "2025-06-30", "--province", "2")
    assert "26" not in offers("init", "x", "--province", "2")
    own = tmp_path / "own.csv"
    own.write_text("code,parent,tier,kind,name,lat,lon\nNO,,country,,Norge,,\n")
    assert offers("init", "x", "--register", str(own), "--province", "") == ["NO"]


def test_keys_of_limits_and_their_values_as_bash_parts_them(known: Path) -> None:
    assert "machine=" in offers("scan", str(known), "--limit", "m")
    assert offers("scan", str(known), "--limit", "machine", "=", "portal") == ["portal-web-1"]
    assert offers("scan", str(known), "--limit", "tier", "=") == ["commune", "province"]


def test_checks_and_the_next_one_after_a_comma() -> None:
    assert offers("check", "show", "sshd-root-l") == ["sshd-root-login"]
    assert offers("scan", "--checks", "sudo-log,sshd-root-l") == ["sudo-log,sshd-root-login"]


def test_runs_newest_first(known: Path) -> None:
    assert offers("report", str(known), "--run", "2026") == [
        "20261102T000000.000Z-bbbbbb",
        "20261101T000000.000Z-aaaaaa",
    ]


def test_commands_and_values() -> None:
    assert offers("des") == ["destroy"]
    assert offers("show", "--format", "") == ["text", "json"]
    assert offers("schema", "w") == ["waivers"]
    assert "25" in offers("init", "--province", "2")


@pytest.mark.parametrize("estate", ["nowhere", "broken"])
def test_silence_where_nothing_can_be_offered(tmp_path: Path, estate: str) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "estate.yaml").write_text("estate: [", encoding="utf-8")
    for words in (("--unit", ""), ("--limit", "machine", "=", ""), ("--limit", "x", "=", "")):
        assert offers("scan", str(tmp_path / estate), *words) == []
