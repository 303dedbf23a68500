"""A scan of an estate over SSH: what somebody accepted is shown, and no longer stops a pipeline."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from govctl.pipeline.workspace import Workspace
from govctl.reports.json_report import SCHEMA_FILE
from tests.cli.conftest import Govctl
from tests.scanners.host.sshd import SSHD, serving
from tests.site import forgotten

pytestmark = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server, and root as its user"
)
ROWS = """\
- id: own-wrong
  family: packages.absent
  args: {packages: [base-files]}
  severity: high
  text: {en: The package base-files is not here, vi: Không có gói base-files}
  answers: [acc.default]
  fix: null
- id: own-also-wrong
  family: packages.absent
  args: {packages: [dpkg]}
  severity: low
  text: {en: The package dpkg is not here either, vi: Cũng không có gói dpkg}
  answers: []
  fix: null
"""
SHOWN = (
    "✗ fail 2",
    "accepted risks: 2 of 2 failures",
    "An <b> (08515), approved by Bình (25)",
    "it came so; until then: nobody uses it",
    "ends soon",
)


@pytest.fixture
def scanned(estate: Path, tmp_path: Path) -> Iterator[Path]:
    """The estate with this machine in a commune, and checks that fail on each Debian."""
    (estate / "checks").mkdir()
    (estate / "checks" / "own.yaml").write_text(ROWS, encoding="utf-8")
    with serving(tmp_path / "sshd") as server, forgotten():
        public = Workspace(estate).ssh_key().with_suffix(".pub").read_text()
        with (tmp_path / "sshd" / "authorized").open("a") as keys:
            keys.write(public)
        machine = {
            "id": "desk", "site": "c08515", "zone": "internal", "address": "127.0.0.1",
            "port": server.port, "user": "root", "host key": " ".join(server.host_key.split()[:2]),
            "role": "desk",
        }  # fmt: skip
        with (estate / "estate.yaml").open("a", encoding="utf-8") as file:
            file.write(yaml.safe_dump({"existing machines": [machine]}, allow_unicode=True))
        yield estate


def accept(govctl: Govctl, estate: Path, *checks: str, until: str) -> None:
    said = govctl(
        "waive", estate, *checks, "--at", "machine=desk", "--owner", "An <b>, Xã Hy Cương",
        "--approver", "Bình, 25", "--reason", "it came so", "--measure", "nobody uses it",
        "--until", until,
    )  # fmt: skip
    assert said.code == 0, said.err


def soon(**span: int) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat(timespec="seconds")


def test_an_accepted_risk_trips_nothing_until_it_ends(govctl: Govctl, scanned: Path) -> None:
    words = ("scan", scanned, "--limit", "machine=desk", "--checks", "own-wrong,own-also-wrong")
    accept(govctl, scanned, "own-wrong", until=soon(days=10))
    accept(govctl, scanned, "own-also-wrong", until=soon(days=100))
    said = govctl(*words)
    assert said.code == 0
    for line in SHOWN:
        assert line in said.out
    assert "failing check" not in said.out
    _is_in_every_report(govctl, scanned)

    file = scanned / "waivers.yaml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))["waivers"]
    entries[1] |= {"from": soon(days=-9), "until": soon(seconds=-1)}
    file.write_text(yaml.safe_dump({"waivers": entries}, allow_unicode=True), encoding="utf-8")
    said = govctl(*words)
    assert said.code == 1
    assert "accepted risks: 1 of 2 failures" in said.out
    assert f"✗ {entries[1]['id']} has expired" in said.out

    file.write_text("waivers: [\n", encoding="utf-8")
    said = govctl(*words)
    assert said.code == 2 and "waivers.yaml:2:1: not valid YAML" in said.err


def _is_in_every_report(govctl: Govctl, estate: Path) -> None:
    kept = govctl("report", estate, "--format", "json")
    document = json.loads(kept.out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    assert kept.code == 0
    assert {row["status"] for row in document["results"]} == {"fail"}
    ids = sorted(one["id"] for one in document["waivers"])
    assert sorted(row["waiver"] for row in document["results"]) == ids
    assert govctl("report", estate, "-o", estate / "page.html").code == 0
    text = (estate / "page.html").read_text(encoding="utf-8")
    assert "An &lt;b&gt;" in text and "An <b>" not in text
    assert "Every failure is an accepted risk; none of them is met." in text
