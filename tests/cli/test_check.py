"""What is checked, by what, with which values; and a site's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Govctl
from tests.site import FACT, FAMILY, ROW, TESTS, forgotten, site


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with forgotten():
        yield


def _ids(out: str) -> list[str]:
    return [check["id"] for check in json.loads(out)["checks"]]


def test_a_profile_lists_its_checks_with_its_values(govctl: Govctl) -> None:
    every = json.loads(govctl("check", "list", "--format", "json").out)["checks"]
    words = ("check", "list", "--baseline", "anssi-bp28:high", "--format", "json")
    chosen = json.loads(govctl(*words).out)["checks"]
    assert 0 < len(chosen) < len(every)
    assert all("anssi-bp28:high" in check["profiles"] for check in chosen)
    (length,) = [check for check in chosen if check["id"] == "pam-password-length"]
    assert length["arguments"]["minimum"] == 15
    assert length["values"] == ["minimum 15 (anssi-bp28:high)"]


def test_a_check_says_why_and_with_which_values_and_what_it_reads(govctl: Govctl) -> None:
    out = " ".join(govctl("check", "show", "sshd-max-auth-tries").out.split())
    for text in (
        "One SSH connection allows few attempts to log in",
        "judged by sshd.option",
        "maximum is 4 unless set as ssh_max_auth_tries, sshd_max_auth_tries_value",
        "cis-debian12:l1-server: 4",
        "answers tcvn14423-2026 3.5.2.2 a, 4.5.2.2 a",
        "cis: 5.1.16",
        "asked for by cis-debian12:l1-server",
        "/etc/ssh/sshd_config",
    ):
        assert text in out, text
    (row,) = json.loads(govctl("check", "show", "cis:5.1.16", "--format", "json").out)["checks"]
    assert row["parameters"][0]["profiles"]["cis-debian12:l2-server"] == "4"
    assert "/etc/ssh/sshd_config" in row["reads"]


def test_a_check_says_when_it_is_due(govctl: Govctl) -> None:
    assert "due only with the package cron" in govctl("check", "show", "cron-allow").out
    assert "not in a container" in " ".join(govctl("check", "show", "sysctl-aslr").out.split())


def test_baselines_are_listed_with_their_checks(govctl: Govctl) -> None:
    out = govctl("check", "baselines").out
    assert "cis-debian12:l1-server" in out
    rows = json.loads(govctl("check", "baselines", "--format", "json").out)["baselines"]
    by_id = {row["id"]: row for row in rows}
    assert by_id["tcvn14423-2026:3"]["checks"] > 100
    assert by_id["anssi-bp28:high"]["values"]["var_accounts_tmout"] == "600"
    assert max(map(len, out.splitlines())) <= 80


def test_an_unknown_baseline_comes_with_a_suggestion(govctl: Govctl) -> None:
    said = govctl("check", "list", "--baseline", "cis-debian12:l1-sever")
    assert said.code == 2
    assert "did you mean cis-debian12:l1-server?" in said.err


def test_a_sites_own_checks_are_listed_and_judge_a_tree(govctl: Govctl, tmp_path: Path) -> None:
    own = site(tmp_path / "own", rows=ROW, families__vpn=FAMILY, facts__vpn=FACT, test_vpn=TESTS)
    words = ("--checks-from", own, "--format", "json")
    listed = _ids(govctl("check", "list", *words).out)
    assert {"vpn-up", "test_vpn::test_each[a]"} <= set(listed)
    root = tmp_path / "tree"
    (root / "etc").mkdir(parents=True)
    (root / "etc/vpn.conf").write_text("peer a\n")
    asked = "vpn-up,test_vpn::test_each[a],test_vpn::test_w*"
    said = govctl("scan", "--root", root, "--checks", asked, *words)
    found = {row["check"]: row["status"] for row in json.loads(said.out)["results"]}
    assert found == {
        "vpn-up": "pass",
        "test_vpn::test_each[a]": "not-evaluated",
        "test_vpn::test_wrong": "not-evaluated",
    }


def test_a_sites_value_can_be_set(govctl: Govctl, tmp_path: Path) -> None:
    own = site(tmp_path / "own", rows=ROW, families__vpn=FAMILY, facts__vpn=FACT)
    root = tmp_path / "tree"
    (root / "etc").mkdir(parents=True)
    words = ("--checks", "vpn-up", "--checks-from", own, "--set", "vpn_peers=0")
    said = govctl("scan", "--root", root, *words, "--format", "json")
    (row,) = json.loads(said.out)["results"]
    assert (row["status"], row["values"]) == ("pass", ["minimum 0 (set vpn_peers)"])


def test_a_wrong_row_is_told_with_its_place(govctl: Govctl, tmp_path: Path) -> None:
    own = site(tmp_path / "own", rows=ROW)
    said = govctl("check", "list", "--checks-from", own)
    assert said.code == 2
    assert f"{own}/rows.yaml:2:3: there is no family vpn.peers" in said.err
    assert govctl("check", "list", "--checks-from", tmp_path / "none").code == 2


def test_a_sites_tests_are_run_on_the_host_that_is_scanned(govctl: Govctl, tmp_path: Path) -> None:
    own = site(tmp_path / "own", test_vpn=TESTS)
    asked = "test_vpn::test_accounts,test_vpn::test_wrong"
    words = ("--checks", asked, "--checks-from", own, "--format", "json")
    said = govctl("scan", "localhost", *words)
    found = {row["check"]: row["status"] for row in json.loads(said.out)["results"]}
    assert found == {"test_vpn::test_accounts": "pass", "test_vpn::test_wrong": "fail"}
    assert said.code == 1
