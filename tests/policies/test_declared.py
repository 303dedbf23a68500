"""What the estate's description answers by itself, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.estate.model import Estate
from policies.declared import judge, verdicts
from policies.model import Requirement
from policies.pack.zones import required_zones
from policies.requirements import load
from tests.estate.support import SMALL, changed, load_text

TCVN, OLD = load("tcvn14423-2026"), load("tcvn11930-2017")


def _row(baseline: str, key: str, level: int = 3) -> Requirement:
    row = load(baseline).find(level, key)
    assert row is not None
    return row


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return load_text(tmp_path_factory.mktemp("declared") / "e")


def test_every_zone_of_the_level_is_there_or_has_a_reason(estate: Estate) -> None:
    found = judge(_row("tcvn14423-2026", "net.zones"), estate, estate.systems)
    assert found is not None
    assert found.status == "pass"
    assert "wireless: no access points" in found.evidence[0]


def test_a_zone_that_is_missing_fails(tmp_path: Path) -> None:
    text = changed("app, db, admin", "app, admin", SMALL)
    estate = load_text(tmp_path / "e", text)
    found = judge(_row("tcvn14423-2026", "net.zones"), estate, estate.systems)
    assert found is not None
    assert found.status == "fail"
    assert "has no zone db" in found.reason.render("en")


def test_nothing_is_said_without_systems_or_of_other_keys(estate: Estate) -> None:
    assert judge(_row("tcvn14423-2026", "net.zones"), estate, ()) is None
    assert judge(_row("tcvn14423-2026", "net.wireless"), estate, estate.systems) is None


def test_the_older_standard_asks_zone_by_zone(estate: Estate) -> None:
    found = verdicts(OLD.level(3), estate, estate.systems)
    assert {key: verdict.status for key, verdict in found.items()} == dict.fromkeys(
        ("zone.internal", "zone.edge", "zone.dmz", "zone.internal_server", "zone.wireless",
         "zone.db_server", "zone.admin"), "pass")  # fmt: skip
    assert required_zones(3, ["tcvn11930-2017"])["db"].startswith("tcvn11930-2017:TT12-PLIII")


def test_the_plan_asks_for_the_zones_of_every_baseline() -> None:
    assert "db" not in required_zones(2, ["tcvn14423-2026"])
    assert required_zones(2, ["tcvn14423-2026", "qcvn12-2026"])["db"].startswith("qcvn12-2026:")
    assert required_zones(3, ["phu-tho-12", "cis-debian12:l1-server"]) == {}
