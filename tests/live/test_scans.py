"""Scans and hardening of machines that somebody weakened, that hang, or that are not themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from govctl.estate.model import Machine
from govctl.reports.json_report import SCHEMA_FILE
from tests.live.estates import WEAKEN, LiveEstate

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


@pytest.fixture(scope="module")
def point(province: LiveEstate) -> Machine:
    """The bridge point of a commune."""
    estate = province.described
    return estate.machine(estate.bridge_points[-1].machine)


@pytest.fixture(scope="module")
def commune(province: LiveEstate, point: Machine) -> str:
    return province.described.unit(point.unit).name.vi


def statuses(document: Any, machine: str) -> set[str]:
    return {row["status"] for row in document["results"] if row["target"] == machine}


def test_the_document_of_a_scan_keeps_to_the_published_schema(
    province: LiveEstate, commune: str
) -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    document = province.govctl("scan", "--unit", commune, "--format", "json", expect=None).json
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["coverage"]["targets"] == document["coverage"]["reached"] == 2
    whole = province.govctl("report", "--format", "json", expect=None).json
    jsonschema.Draft202012Validator(schema).validate(whole)


def test_a_weakened_setting_is_found_closed_and_stays_closed(
    province: LiveEstate, point: Machine, commune: str
) -> None:
    province.inside(point.id, WEAKEN)
    scan = province.govctl("scan", "--unit", commune, "--format", "json", expect=1).json
    found = [row for row in scan["results"] if row["status"] == "fail"]
    assert {(row["target"], row["check"]) for row in found} == {(point.id, "sshd-root-login")}
    page = province.state / "runs" / scan["run"]["id"] / "report.html"
    assert "PermitRootLogin yes" in page.read_text(), "the evidence is in the report"

    planned = province.govctl("harden", "--unit", commune, "--plan", expect=1)
    assert f"{point.id}\n  ✗ fail sshd-root-login" in planned.out
    assert "\n    -permitrootlogin yes\n    +permitrootlogin no\n" in planned.out.lower()
    assert "yes" in province.inside(point.id, "sshd -T | grep -i permitrootlogin")

    province.govctl("harden", "--unit", commune)
    assert province.inside(point.id, "sshd -T | grep -i permitrootlogin").split()[1] == "no"
    kept = province.govctl("report", "--format", "json", expect=None).json["run"]["id"]
    shown = province.kept(kept)["hardening"]["hosts"][point.id]
    assert [(one["check"], one["after"]) for one in shown["due"]] == [("sshd-root-login", "pass")]
    assert "+permitrootlogin no" in str(shown["changes"])
    before = province.inside(point.id, "find /etc -newermt @0 -type f -printf '%p %C@\\n' | sort")
    again = province.govctl("harden", "--unit", commune)
    assert "nothing to harden" in again.out
    after = province.inside(point.id, "find /etc -newermt @0 -type f -printf '%p %C@\\n' | sort")
    assert after == before


@pytest.fixture
def hung(province: LiveEstate, point: Machine) -> Iterator[str]:
    """A machine whose SSH server takes connections and says nothing."""
    province.inside(point.id, "systemctl kill --kill-who=main --signal=STOP ssh")
    yield point.id
    province.inside(point.id, "systemctl kill --kill-who=main --signal=CONT ssh")


@pytest.fixture
def deaf(province: LiveEstate, point: Machine) -> Iterator[str]:
    """A router of the same site that drops what comes for its SSH server."""
    router = next(m.id for m in province.described.machines if m.site == point.site and m.is_router)
    province.inside(router, "nft insert rule inet govctl input tcp dport 22 drop")
    yield router
    province.inside(router, "nft -f /etc/nftables.conf")


def test_machines_that_hang_cost_their_own_timeout_and_nobody_elses(
    province: LiveEstate, hung: str, deaf: str
) -> None:
    limits = [f"--limit=machine={name}" for name in (hung, deaf, "portal-web-1")]
    scan = province.govctl("scan", *limits, "--format", "json", expect=4)
    assert scan.seconds < 60
    assert statuses(scan.json, hung) == statuses(scan.json, deaf) == {"unreachable"}
    assert {"pass"} <= statuses(scan.json, "portal-web-1") <= {"pass", "not-applicable"}
    assert scan.json["coverage"]["reached"] == 1


@pytest.fixture
def replaced(province: LiveEstate, point: Machine) -> Iterator[tuple[str, str]]:
    """A machine that shows another host key; both fingerprints, the pinned one first."""
    fingerprint = f"ssh-keygen -lf {HOST_KEY}.pub"
    pinned = province.inside(point.id, fingerprint).split()[1]
    province.inside(
        point.id,
        f"mkdir /root/kept && mv {HOST_KEY} {HOST_KEY}.pub /root/kept && "
        f"ssh-keygen -qt ed25519 -N '' -f {HOST_KEY} && systemctl restart ssh",
    )
    yield pinned, province.inside(point.id, fingerprint).split()[1]
    province.inside(
        point.id, "mv /root/kept/* /etc/ssh/ && rmdir /root/kept && systemctl restart ssh"
    )


def test_a_changed_host_key_is_one_message_with_both_fingerprints(
    province: LiveEstate, point: Machine, replaced: tuple[str, str]
) -> None:
    scan = province.govctl("scan", f"--limit=machine={point.id}", expect=4)
    message = re.sub(r"\s+", " ", scan.err)
    assert message.count(point.id) == 1, scan.err
    assert all(message.count(fingerprint) == 1 for fingerprint in replaced), scan.err
