"""`collect` and `evaluate`: facts kept, and judged later."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.host.bundle import load
from tests.cli.conftest import Govctl
from tests.cli.trees import CHECK, tree

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="the probe runs as root")


@pytest.fixture
def facts(govctl: Govctl, tmp_path: Path) -> Path:
    """A facts file of a tree that fails one check."""
    tree(tmp_path / "bad", "yes")
    file = tmp_path / "bad.facts"
    assert govctl("collect", "--root", tmp_path / "bad", "-o", file).code == 0
    return file


@root_only
def test_facts_of_this_machine_are_judged_as_the_machine_is(govctl: Govctl, tmp_path: Path) -> None:
    file = tmp_path / "host.facts"
    said = govctl("collect", "localhost", "-o", file, "--format", "json")
    (one,) = json.loads(said.out)["collected"]
    assert (one["target"], one["file"], one["reason"]) == ("localhost", str(file), None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # Not `permissions-local-var-log`: what others write there may be new at the second look.
    words = ("--checks", "permissions-[!l]*,sshd-*,pam-*", "--format", "json")
    later = json.loads(govctl("evaluate", file, *words).out)["results"]
    at_once = json.loads(govctl("scan", "localhost", *words).out)["results"]
    assert later == at_once
    kept = load(file.read_bytes())
    assert all(output.line and output.seconds >= 0 for output in kept.raw.outputs.values())
    assert kept.taken_at.endswith("Z")


def test_facts_are_judged_by_another_baseline_and_other_values(govctl: Govctl, facts: Path) -> None:
    target = str(facts.parent / "bad")
    words = ("evaluate", facts, "--format", "json")
    for baseline in ("cis-debian12:l1-server", "anssi-bp28:enhanced", "tcvn14423-2026:2"):
        document = json.loads(govctl(*words, "--baseline", baseline).out)
        assert {row["target"] for row in document["results"]} == {target}
    grace = (*words, "--checks", "sshd-login-grace-time", "--set")
    assert govctl(*grace, "var_sshd_set_login_grace_time=120").code == 0
    assert govctl(*grace, "var_sshd_set_login_grace_time=60").code == 1


def test_several_targets_go_into_a_folder(govctl: Govctl, tmp_path: Path) -> None:
    for name in ("a/x", "b/x"):
        tree(tmp_path / name, "no")
    words = ("collect", "--root", tmp_path / "a/x", "--root", tmp_path / "b/x")
    out = tmp_path / "out"
    assert govctl(*words, "-o", out).code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert len(list(out.glob("*.facts"))) == 2
    judged = json.loads(govctl("evaluate", out, "--checks", CHECK, "--format", "json").out)
    assert {row["status"] for row in judged["results"]} == {"pass"}
    file = tmp_path / "file"
    file.touch()
    assert govctl(*words, "-o", file).code == 2
    assert file.read_bytes() == b""


def test_two_files_of_one_host_are_told_apart(govctl: Govctl, facts: Path) -> None:
    other = facts.with_name("older.facts")
    other.write_bytes(facts.read_bytes())
    said = govctl("evaluate", facts, other, "--checks", CHECK, "--format", "json")
    targets = [row["target"] for row in json.loads(said.out)["results"]]
    assert len(set(targets)) == 2
    assert all(target.startswith(str(facts.parent / "bad")) for target in targets)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "one byte changed": lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:],
    "followed by more": lambda data: data + b"x",
    "of a later format": lambda data: gzip.compress(
        gzip.decompress(data).replace(b"govctl-raw/1", b"govctl-raw/2")
    ),
    "something else": lambda _data: gzip.compress(b'{"schema": 1}'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_nothing_is_judged(
    govctl: Govctl, facts: Path, damage: str
) -> None:
    broken = facts.with_name("broken.facts")
    broken.write_bytes(DAMAGES[damage](facts.read_bytes()))
    said = govctl("evaluate", facts, broken, "--checks", CHECK)
    assert (said.code, said.out) == (2, "")
    assert f"{broken}: " in said.err


def test_every_damaged_file_is_named_at_once(govctl: Govctl, facts: Path) -> None:
    for number in range(3):
        facts.with_name(f"{number}.facts").write_bytes(b"x")
    said = govctl("-q", "evaluate", facts.parent)
    assert said.code == 2
    assert len(said.err.splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("collect localhost", "where to?"),
        ("collect localhost --root / -o x", "one of them at a time"),
        ("collect --root /none -o x", "/none is no folder"),
        ("collect localhost -o /none/x", "/none is no folder"),
        ("collect localhost --unit x -o x", "for an estate"),
        ("evaluate /none.facts", "/none.facts: No such file"),
        ("evaluate", "needs FILE"),
    ],
)
def test_wrong_words(govctl: Govctl, words: str, error: str) -> None:
    said = govctl("-q", *words.split())
    assert (said.code, said.out) == (2, "")
    assert error in said.err


def test_a_folder_without_facts_files(govctl: Govctl, tmp_path: Path) -> None:
    assert "holds no facts files" in govctl("evaluate", tmp_path).err


def test_a_target_that_is_dead_leaves_no_file(govctl: Govctl, tmp_path: Path) -> None:
    file = tmp_path / "dead.facts"
    (tmp_path / "known").touch()
    words = ("--known-hosts", tmp_path / "known", "--connect-timeout", "1")
    said = govctl("collect", "ssh://an@127.0.0.1:1", "-o", file, *words)
    assert said.code == 4
    assert "no facts" in said.out
    assert not file.exists()


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 3), (errno.EROFS, 2)])
def test_a_disk_that_takes_no_more_is_said_and_leaves_no_half_file(
    govctl: Govctl, facts: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    before = {path.name for path in facts.parent.iterdir()}
    monkeypatch.setattr("os.fsync", full)
    said = govctl("collect", "--root", facts.parent / "bad", "-o", facts.with_name("new.facts"))
    assert said.code == code
    assert os.strerror(number) in said.err
    assert {path.name for path in facts.parent.iterdir()} == before
