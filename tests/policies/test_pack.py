from __future__ import annotations

import os
import selectors
import subprocess
import sys

import pytest

from policies.pack.rules import BRIDGE_POINT, FLOW, INSTANCE, RULES, SYSTEM, Planned
from policies.pack.zones import required_zones

LEVEL_3 = ["edge", "dmz", "app", "db", "admin", "internal"]
LIMITS = {"memory": 1, "cpu": 1, "disk": 1, "processes": 1}


def system(zones: list[str], without: dict[str, str] | None = None) -> Planned:
    return Planned(
        SYSTEM,
        "portal",
        "urn:portal",
        {
            "level": 3,
            "zones": zones,
            "without": without or {},
            "baselines": ["tcvn14423-2026"],
        },
    )


def flow(outside: bool, kinds: list[str]) -> Planned:
    return Planned(FLOW, "f", "urn:f", {"id": "f", "outside": outside, "zone_kinds": kinds})


def instance(limits: dict[str, int]) -> Planned:
    return Planned(INSTANCE, "web", "urn:web", {"limits": limits})


def point(kind: str) -> Planned:
    return Planned(BRIDGE_POINT, "hall", "urn:hall", {"zone_kind": kind})


@pytest.mark.parametrize(
    ("rule", "resource", "reasons"),
    [
        ("zones-of-level", system([*LEVEL_3, "wireless"]), []),
        ("zones-of-level", system(LEVEL_3, {"wireless": "none on this site"}), []),
        (
            "zones-of-level",
            system(LEVEL_3),
            [
                "system portal of level 3 has no zone wireless at its site "
                "(tcvn14423-2026:5.12.2.2 b)"
            ],
        ),
        ("database-closed-outside", flow(True, ["dmz"]), []),
        ("database-closed-outside", flow(False, ["db"]), []),
        (
            "database-closed-outside",
            flow(True, ["app", "db"]),
            ["flow f opens a database zone to the outside"],
        ),
        ("instances-limited", instance(LIMITS), []),
        (
            "instances-limited",
            instance({"memory": 1, "cpu": 1}),
            ["machine web has no limit on disk, processes"],
        ),
        ("bridge-points-in-conference-zone", point("conference"), []),
        (
            "bridge-points-in-conference-zone",
            point("internal"),
            ["bridge point hall stands in zone internal, not in a conference zone"],
        ),
    ],
)
def test_a_rule_refuses_exactly_what_breaks_it(
    rule: str, resource: Planned, reasons: list[str]
) -> None:
    judge = {known.id: known.judge for known in RULES}[rule]
    assert [reason.render("en") for reason in judge(resource)] == reasons


def test_higher_levels_ask_for_more_zones() -> None:
    asked = [set(required_zones(level, ["tcvn14423-2026"])) for level in (2, 3, 4)]
    assert asked[0] < asked[1] < asked[2]
    assert "management" in asked[2]


def test_the_engine_gets_the_port_at_once_though_nothing_unbuffers_python() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    start = "from policies.pack.__main__ import main; main()"
    command = [sys.executable, "-c", start, "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as pack:
        assert pack.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(pack.stdout, selectors.EVENT_READ)
            told = selector.select(timeout=60)
        line = pack.stdout.readline() if told else b""
        pack.kill()
    assert line.strip().isdigit()
