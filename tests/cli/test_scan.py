"""`scan` without an estate: trees of files, this machine, hosts over SSH."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from govctl.reports.json_report import SCHEMA_FILE
from tests.cli.conftest import Govctl, Said, program
from tests.cli.trees import CHECK, tree
from tests.scanners.host.sshd import SSHD, Server, serving

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="the probe runs as root")
needs_sshd = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server, and root as its user"
)


def results(said: Said) -> list[tuple[str, str, str]]:
    document = json.loads(said.out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    return [(row["target"], row["check"], row["status"]) for row in document["results"]]


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in range(6):
        tree(tmp_path / f"t{number}", "no" if number % 2 else "yes")
    return tmp_path


def test_trees_in_several_processes_give_what_one_gives(govctl: Govctl, trees: Path) -> None:
    roots = [word for number in range(6) for word in ("--root", f"t{number}")]
    words = ("scan", "--checks", CHECK, "--format", "json", *roots, "--jobs")
    several, one = govctl(*words, "3"), govctl(*words, "1")
    assert results(several) == results(one)
    assert [status for *_rest, status in results(one)] == ["fail", "pass"] * 3
    assert several.code == one.code == 1


def test_a_manifest_gives_each_tree_its_checks_and_values(govctl: Govctl, trees: Path) -> None:
    variable = "var_sshd_set_login_grace_time"
    (trees / "t1/etc/ssh/sshd_config").write_text("PermitRootLogin no\nLoginGraceTime 50\n")
    entries = [
        {"root": "t0", "checks": [f"ssg:{'sshd_disable_root_login'}"]},
        {"root": "t1", "checks": ["sshd-login-grace-time"], "values": {variable: 60}},
        {"root": "t1", "checks": ["sshd-login-grace-time"], "values": {variable: "40"}},
        {"root": "./t2"},
    ]
    (trees / "m.json").write_text(json.dumps(entries))
    said = govctl("scan", "--manifest", "m.json", "--checks", CHECK, "--format", "json")
    assert sorted(results(said)) == [
        ("./t2", CHECK, "fail"),
        ("t0", CHECK, "fail"),
        ("t1", "sshd-login-grace-time", "fail"),
        ("t1", "sshd-login-grace-time", "pass"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "m.json:1:2"),
        ("{}", "this is no list of trees"),
        ("[]", "this is no list of trees"),
        ('[\n {"root": "t0"},\n {"checks": []}]', 'm.json:3:2: the key "root" is missing'),
        ('[{"root": "t0", "check": "x"}]', 'm.json:1:17: unknown key "check"; did you mean checks'),
        ('[{"root": 7}]', "m.json:1:3: root: 7 (expected text)"),
        ('[\n\n{"root": "t0", "checks": ["no-such"]}]', "m.json:3:1: no check is called no-such"),
        ('[{"root": "t0", "values": {"nobody": 1}}]', "no check has a value nobody"),
    ],
)
def test_a_wrong_manifest_is_named_by_its_place(
    govctl: Govctl, trees: Path, text: str, said: str
) -> None:
    (trees / "m.json").write_text(text)
    answer = govctl("scan", "--manifest", "m.json")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_every_wrong_entry_of_a_manifest_is_named_at_once(govctl: Govctl, trees: Path) -> None:
    entries: list[dict[str, Any]] = [{"root": "t0", "checks": ["a"]}, {"root": 7}, {"root": "t1"}]
    (trees / "m.json").write_text(json.dumps(entries, indent=1))
    assert len(govctl("scan", "--manifest", "m.json").err.splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--root", ""), '"" is no folder'),
        (("--root", "t0", "-o", "gone/report.html"), "cannot write gone/report.html"),
        (("--root", "t0", "-o", "t1"), "cannot write t1: Is a directory"),
        (("web1",), "write ssh://user@host"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_scanned(
    govctl: Govctl, trees: Path, line: tuple[str, ...], said: str
) -> None:
    answer = govctl("scan", *line)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and "Scanning" not in answer.err


def test_a_tree_that_cannot_be_read_is_unreachable_and_the_others_go_on(
    govctl: Govctl, trees: Path
) -> None:
    (trees / "empty").mkdir()
    words = ("scan", "--root", "empty", "--root", "t1", "--checks", CHECK, "--format", "json")
    said = govctl(*words)
    assert sorted(results(said)) == [("empty", CHECK, "unreachable"), ("t1", CHECK, "pass")]
    assert said.code == 4
    assert "empty is empty" in said.err


def test_a_value_for_one_run(govctl: Govctl, trees: Path) -> None:
    (trees / "t1/etc/ssh/sshd_config").write_text("LoginGraceTime 50\n")
    words = ("scan", "--root", "t1", "--checks", "sshd-login-grace-time", "--set")
    assert govctl(*words, "var_sshd_set_login_grace_time=60").code == 0
    assert govctl(*words, "var_sshd_set_login_grace_time=40").code == 1


def test_a_baseline_says_which_checks_and_which_requirements(govctl: Govctl, trees: Path) -> None:
    words = ("scan", "--root", "t1", "--format", "json")
    every = json.loads(govctl(*words).out)["results"]
    third = json.loads(govctl(*words, "--baseline", "tcvn14423-2026:3").out)["results"]
    assert 0 < len(third) <= len(every)
    assert any("tcvn14423-2026:" in one for row in third for one in row["requirements"])
    cis = json.loads(govctl(*words, "--baseline", "cis-debian12:l1-server").out)
    assert all(row["references"].get("cis") for row in cis["results"])
    assert "cis-debian12:l1-server" in cis["run"]["versions"]["baselines"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("scan localhost --root /", "one of them at a time"),
        ("scan estate/ --root /", "one of them at a time"),
        ("scan --root / --manifest m", "one of them at a time"),
        ("scan localhost --unit x", "--unit and --limit are for an estate"),
        ("scan a b", "b is no host"),
        ("scan --root / --sudo", "--sudo: only for hosts"),
        ("scan estate/ -i k --known-hosts x", "--identity, --known-hosts: only for hosts"),
        ("collect estate/ --sudo -o x", "--sudo: only for hosts"),
        ("scan ssh://", '"ssh://" is no target'),
        ("scan http://x", '"http://x" is no target'),
        ("scan localhost --set x=1", "no check has a value x"),
        ("scan localhost --baseline nothing", "there is no baseline nothing"),
        ("scan localhost --known-hosts /none", "there is no file /none"),
        ("scan localhost --jobs 0", "--jobs"),
        ("scan localhost --sudo-password-file /none", "/none cannot be read"),
        ("scan localhost --sudo-password-file /dev/null", "that is no password"),
        ("scan localhost --ask-sudo-password --sudo-password-file x", "say one of"),
        ("scan --targets /none", "/none cannot be read"),
    ],
)
def test_wrong_words(govctl: Govctl, words: str, error: str) -> None:
    said = govctl(*words.split())
    assert (said.code, said.out) == (2, "")
    assert error in said.err


def test_a_password_file_that_others_can_read_is_refused(govctl: Govctl, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    file.chmod(0o644)
    said = govctl("scan", "localhost", "--sudo-password-file", file)
    assert said.code == 2
    assert "others can read" in said.err


@root_only
def test_this_machine(govctl: Govctl) -> None:
    said = govctl("scan", "localhost", "--checks", "permissions-shadow,sshd-*", "--format", "json")
    found = results(said)
    assert {target for target, *_rest in found} == {"localhost"}
    assert ("localhost", "permissions-shadow", "pass") in found or said.code == 1
    assert "unreachable" not in {status for *_rest, status in found}


def test_this_machine_needs_neither_lxd_nor_pulumi_nor_ansible(tmp_path: Path) -> None:
    """They are not even looked for: a PATH that has only sh and what the probe uses."""
    words = ("scan", "localhost", "--checks", "permissions-shadow", "--format", "json")
    said = program(*words, PATH="/usr/bin:/bin", HOME=str(tmp_path))
    assert len(json.loads(said.out)["results"]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sshd"), "MaxStartups 100") as running:
        yield running


@pytest.fixture
def known(server: Server, tmp_path: Path) -> tuple[str, ...]:
    """Words that make the server known."""
    (tmp_path / "known").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    (tmp_path / "config").write_text(
        f"Host here\n  HostName 127.0.0.1\n  Port {server.port}\n"
        f"Host behind\n  HostName 127.0.0.1\n  Port {server.port}\n  ProxyJump here\n"
    )
    files = ("-i", str(server.key), "--known-hosts", str(tmp_path / "known"))
    return (*files, "--ssh-config", str(tmp_path / "config"))


@needs_sshd
def test_hosts_each_under_the_name_it_was_given(
    govctl: Govctl, server: Server, known: tuple[str, ...], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"ssh://127.0.0.1:{free.getsockname()[1]}"
        (tmp_path / "targets").write_text(f"{dead}\nssh://behind\n")
        words = ("scan", "ssh://here", "localhost", "--targets", tmp_path / "targets")
        said = govctl("-v", *words, *known, "--checks", CHECK, "--format", "json")
    status = {target: status for target, _check, status in results(said)}
    assert set(status) == {"ssh://here", "localhost", dead, "ssh://behind"}
    assert status[dead] == "unreachable"
    assert status["ssh://here"] == status["ssh://behind"] == status["localhost"] != "unreachable"
    assert said.code == 4
    assert "ssh://here done" in said.err
    assert f"{dead} failed: " in said.err


@needs_sshd
def test_an_unknown_host_is_refused_with_its_key_and_what_to_do(
    govctl: Govctl, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "known").touch()
    target = f"ssh://127.0.0.1:{server.port}"
    said = govctl("scan", target, "--known-hosts", tmp_path / "known", "--checks", CHECK)
    assert said.code == 4
    assert "SHA256:" in said.err
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in said.err


@needs_sshd
def test_a_host_that_shows_its_files_to_root_only_says_what_is_lacking(
    govctl: Govctl, tmp_path: Path
) -> None:
    """The login is root's and the probe is not: what a user without sudo gets."""
    with serving(tmp_path / "s", "ForceCommand setpriv --reuid 65534 --clear-groups sh") as server:
        (tmp_path / "known").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        words = ("-i", server.key, "--known-hosts", tmp_path / "known", "--checks", CHECK)
        said = govctl("scan", f"ssh://127.0.0.1:{server.port}", *words, "--format", "json")
    assert [status for *_rest, status in results(said)] == ["not-evaluated"]
    assert "is incomplete: the probe did not run as root" in said.err
    assert said.code == 4, "not a whole result"
