"""Tests that a site wrote for testinfra become findings; only a failed assertion is a fail."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.pipeline import site_tests
from govctl.pipeline.own_checks import use_checks_from, use_checks_of
from govctl.pipeline.site_ssh import write_config
from govctl.texts import msg
from policies.catalogue import own
from policies.judge import judge, unreachable
from policies.model import Check, Finding
from scanners.host.collect import scan_tree
from scanners.host.reach.address import HostAddress, LocalHost, Place
from tests.scanners.host.sshd import SSHD, serving
from tests.site import ROW, TESTS, forgotten, site

EXPECTED = {
    "test_vpn::test_accounts": ("pass", "the test passes"),
    "test_vpn::test_wrong": ("fail", "the test fails: AssertionError"),
    "test_vpn::test_each[a]": ("pass", "the test passes"),
    "test_vpn::test_each[b]": ("pass", "the test passes"),
    "test_vpn::test_broken": ("not-evaluated", "the test broke: RuntimeError: no idea"),
    "test_vpn::test_skipped": ("not-evaluated", "the test was skipped: Skipped: not here"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return site(tmp_path / "own", test_vpn=TESTS)


def _judged(tmp_path: Path, checks: tuple[Check, ...], place: Place) -> list[Finding]:
    root = tmp_path / "tree"
    (root / "etc").mkdir(parents=True)
    before = judge(scan_tree(root, "box"), checks)
    assert {one.status for one in before} == {"not-evaluated"}
    assert "needs a running machine" in before[0].reason.render("en")
    return site_tests.ask(checks, before, {"box": place})


def _said(findings: list[Finding]) -> dict[str, tuple[str, str]]:
    return {one.check: (one.status, one.reason.render("en")) for one in findings}


def _agree(found: dict[str, tuple[str, str]]) -> None:
    assert found.keys() == EXPECTED.keys()
    for name, (status, reason) in EXPECTED.items():
        assert found[name][0] == status, name
        assert found[name][1].startswith(reason), found[name]


def test_each_test_is_a_check_and_a_finding(tmp_path: Path, folder: Path) -> None:
    checks = site_tests.found_in(folder)
    assert checks[0].text["en"] == "The table of accounts is there"
    findings = _judged(tmp_path, checks, LocalHost())
    _agree(_said(findings))
    failed = next(one for one in findings if one.status == "fail")
    assert any("0o777" in line or "511" in line for line in failed.evidence)


@pytest.mark.skipif(SSHD is None, reason="no sshd here")
def test_they_run_over_the_same_connection(tmp_path: Path, folder: Path) -> None:
    server_folder = tmp_path / "server"
    server_folder.mkdir()
    with serving(server_folder) as server:
        address = server.address(sudo=False)
        _agree(_said(_judged(tmp_path, site_tests.found_in(folder), address)))


@pytest.mark.skipif(SSHD is None, reason="no sshd here")
def test_a_host_with_another_key_is_not_evaluated(tmp_path: Path, folder: Path) -> None:
    server_folder = tmp_path / "server"
    server_folder.mkdir()
    with serving(server_folder) as server:
        stranger = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1iYXJlIGtleSBvZiBub2JvZHkgYXQgYWxsIQ=="
        address = server.address(sudo=False, host_key=stranger)
        found = _said(_judged(tmp_path, site_tests.found_in(folder), address))
    assert {status for status, _reason in found.values()} == {"not-evaluated"}


def test_a_sudo_that_asks_gives_no_verdicts(tmp_path: Path, folder: Path) -> None:
    place = LocalHost(sudo=True, sudo_password="secret")
    found = _said(_judged(tmp_path, site_tests.found_in(folder), place))
    assert set(found.values()) == {
        ("not-evaluated", "testinfra cannot answer a sudo that asks"),
    }


def test_tests_that_do_not_end_are_not_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "import time\n\ndef test_first(host):\n    pass\n\n"
        "def test_slow(host):\n    time.sleep(60)\n"
    )
    checks = site_tests.found_in(site(tmp_path / "own", test_slow=text))
    monkeypatch.setattr(site_tests, "SECONDS", 20)
    found = _said(_judged(tmp_path, checks, LocalHost()))
    assert found == {
        "test_slow::test_first": ("pass", "the test passes"),
        "test_slow::test_slow": ("not-evaluated", "no end within 20 s"),
    }


def test_a_process_that_dies_takes_no_verdict_with_it(tmp_path: Path) -> None:
    text = "import os\n\ndef test_first(host):\n    pass\n\ndef test_dies(host):\n    os._exit(0)\n"
    checks = site_tests.found_in(site(tmp_path / "own", test_dies=text))
    found = _said(_judged(tmp_path, checks, LocalHost()))
    assert found["test_dies::test_first"][0] == "pass"
    assert found["test_dies::test_dies"] == ("not-evaluated", "the test gave no result")


def test_a_fixture_that_breaks_afterwards_spoils_a_pass(tmp_path: Path) -> None:
    text = (
        "import pytest\n\n@pytest.fixture\ndef after():\n    yield\n    raise OSError('gone')\n\n"
        "def test_ok(host, after):\n    pass\n\n"
        "def test_no(host, after):\n    assert False\n"
    )
    checks = site_tests.found_in(site(tmp_path / "own", test_after=text))
    found = _said(_judged(tmp_path, checks, LocalHost()))
    assert found["test_after::test_ok"] == ("not-evaluated", "the test broke: OSError: gone")
    assert found["test_after::test_no"][0] == "fail"


def test_an_unreachable_host_stays_unreachable(folder: Path) -> None:
    checks = site_tests.found_in(folder)
    findings = unreachable("box", checks, msg("no route"))
    assert site_tests.ask(checks, findings, {"box": LocalHost()}) == findings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_(", "test_x.py: "),
        ("import nothing_like_it", "nothing_like_it"),
        ("x = 1", "own"),
    ],
)
def test_a_file_without_tests_is_told(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        site_tests.found_in(site(tmp_path / "own", test_x=text))
    assert expected in str(caught.value)


def test_a_folder_of_every_kind_is_used_once(tmp_path: Path, folder: Path) -> None:
    row = ROW.replace("vpn.peers", "sshd.option").replace(
        "{minimum: {value: 1, name: vpn_peers}}", '{option: permitrootlogin, equals: "no"}'
    )
    site(folder, rows=row)
    with forgotten():
        use_checks_from([folder, folder])
        assert [check.id for check in own()] == ["vpn-up", *EXPECTED]


def test_an_estates_own_folder_is_used_if_it_is_there(tmp_path: Path) -> None:
    with forgotten():
        use_checks_of(tmp_path)
        assert own() == ()
        site(tmp_path / "checks", test_vpn=TESTS)
        use_checks_of(tmp_path)
        assert [check.id for check in own()] == list(EXPECTED)


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh here")
def test_the_client_reads_the_configuration_as_it_is_meant(tmp_path: Path) -> None:
    folder = tmp_path / "with a %h space"
    folder.mkdir()
    jump = HostAddress(
        "gate.example", "hop", (tmp_path / "k",), 2222, known_hosts=(folder / "known",)
    )
    place = HostAddress(
        "fd00::1", "admin", (folder / "key",), host_key="ssh-ed25519 AAAA", jump=jump
    )
    config = write_config(place, tmp_path)
    lines = {}
    for name in ("target", "target-jump"):
        done = subprocess.run(
            ["ssh", "-G", "-F", config, name], capture_output=True, text=True, check=True
        )
        lines[name] = done.stdout.splitlines()
    assert {"hostname fd00::1", "user admin", "proxyjump target-jump"} <= set(lines["target"])
    assert "stricthostkeychecking true" in lines["target"]
    assert any(line.endswith("%%h space/key") for line in lines["target"])
    assert {"hostname gate.example", "port 2222", "user hop"} <= set(lines["target-jump"])
    assert "hostkeyalias [gate.example]:2222" in lines["target-jump"]
    assert not any(line.startswith("proxyjump") for line in lines["target-jump"])
