"""Recorded exceptions at a shell: listed, validated, and out of the inventory for plain Ansible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from govctl.estate.init import create
from tests.cli.conftest import Govctl

ENTRY = """\
id: portal
name: Portal
components:
  - id: web
    zone: dmz
    packages: [nginx-light]
    runs: [nginx.service]
    limits: {memory: 256 MiB, cpu: 1, disk: 4 GiB}
flows: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "e", "Phú Thọ", communes=1)
    file = tmp_path / "e" / "estate.yaml"
    lines = file.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("baselines:"))
    lines[at] = 'baselines: [tcvn14423-2026, "cis-debian12:l1-server"]\n'
    file.write_text("".join(lines))
    return tmp_path / "e"


@pytest.fixture
def contradicting(folder: Path) -> Path:
    entry = folder / "catalogue" / "portal" / "entry.yaml"
    entry.parent.mkdir(parents=True)
    entry.write_text(ENTRY)
    return folder


def test_exceptions_are_listed_with_whose_they_are_and_why(govctl: Govctl, folder: Path) -> None:
    said = govctl("show", folder, "--needs")
    assert said.code == 0
    assert "network.router · machines: 3" in said.out
    assert "sysctl-ipv4-forward: judged by values 1" in said.out
    assert "nginx serves the portal's pages over TLS" in said.out


def test_the_list_for_programs_has_both_languages(govctl: Govctl, folder: Path) -> None:
    rows = json.loads(govctl("show", folder, "--needs", "--format", "json").out)["needs"]
    row = next(one for one in rows if one["check"] == "sysctl-ipv4-forward")
    assert row["arguments"] == {"values": ["1"]}
    assert row["why"].keys() == {"vi", "en"}
    assert "edge" in row["machines"]


def test_an_estate_that_contradicts_itself_is_not_valid(
    govctl: Govctl, contradicting: Path
) -> None:
    said = govctl("validate", contradicting)
    assert said.code == 2
    assert "portal.web runs nginx.service" in said.err
    problems = json.loads(govctl("validate", contradicting, "--format", "json").out)["problems"]
    assert problems[0]["line"] > 1
    assert "service-nginx" in problems[0]["message"]
    assert "needs:" in problems[0]["hint"]


def test_nothing_is_hardened_where_it_would_break_a_service(
    govctl: Govctl, contradicting: Path
) -> None:
    said = govctl("harden", contradicting, "--plan")
    assert said.code == 2
    assert "portal.web runs nginx.service" in said.err
    assert not (contradicting / ".govctl" / "evidence.db").exists()


def test_plain_ansible_gets_what_is_needed_and_nothing_that_is_excepted(
    govctl: Govctl, folder: Path
) -> None:
    groups = json.loads(govctl("inventory", folder).out)["all"]["children"].values()
    checks = {name: group["vars"]["govctl_checks"] for group in groups for name in group["hosts"]}

    def row(machine: str, check: str) -> dict[str, Any] | None:
        rows = [row for rows in checks[machine].values() for row in rows]
        return next((row for row in rows if row["id"] == check), None)

    edge = row("edge", "sysctl-ipv4-forward")
    portal = row("portal-web-1", "sysctl-ipv4-forward")
    assert edge is not None
    assert portal is not None
    assert (edge["values"], portal["values"]) == (["1"], ["0"])
    assert row("portal-web-1", "service-nginx") is None
    assert row("edge", "service-nginx") is not None
