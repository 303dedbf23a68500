"""`evidence`, `diff` and the gate, as a person types them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.evidence import Store
from tests.cli.conftest import Govctl
from tests.cli.trees import CHECK, tree
from tests.reports import examples

IDS = ("20261121T000000.000Z-000001", "20261122T000000.000Z-000002")


@pytest.fixture
def kept(estate: Path) -> Path:
    """An estate with two runs."""
    run = examples.run(examples.estate(), examples.checks())
    store = Store(estate / ".govctl" / "runs")
    store.write(replace(run, id=IDS[0]), {"edge": b"raw\x1b[31m"})
    store.write(replace(run, id=IDS[1], who="x\x1b]0;y"), {"edge": b"raw"})
    return estate


def test_list_show_and_verify(govctl: Govctl, kept: Path) -> None:
    said = govctl("evidence", "list", "-e", kept)
    assert said.code == 0
    assert [line.split()[1] for line in said.out.splitlines()] == list(IDS)
    assert "\x1b" not in said.out
    document = json.loads(govctl("evidence", "list", "-e", kept, "--format", "json").out)
    assert [one["id"] for one in document["chains"][0]["runs"]] == list(IDS)
    shown = govctl("evidence", "show", IDS[0], "-e", kept).out
    assert "run.json" in shown
    statement = json.loads(govctl("evidence", "show", IDS[0], "-e", kept, "--format", "json").out)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    said = govctl("evidence", "verify", "-e", kept)
    assert said.code == 0
    assert "intact; 3 entries, 2 runs" in said.out


def test_facts_of_a_run_are_written_byte_for_byte(
    govctl: Govctl, kept: Path, tmp_path: Path
) -> None:
    file = tmp_path / "edge.facts"
    words = ("evidence", "show", IDS[0], "-e", kept, "--facts")
    assert govctl(*words, "edge", "-o", file).code == 0
    assert file.read_bytes() == b"raw\x1b[31m"
    assert file.stat().st_mode & 0o777 == 0o600
    said = govctl(*words, "nobody", "-o", file)
    assert (said.code, said.err) == (2, "error: nobody gave nothing in this run\n")


def test_a_changed_store_is_named_and_exits_with_1(govctl: Govctl, kept: Path) -> None:
    with sqlite3.connect(kept / ".govctl" / "evidence.db") as rows:
        rows.execute("DELETE FROM govctl_entries WHERE sequence = 1")
    rows.close()
    said = govctl("evidence", "verify", "all", "-e", kept)
    assert said.code == 1
    assert f"✗ {IDS[1]} (entry 2): entries are missing before it: 1" in said.out
    document = json.loads(govctl("evidence", "verify", "-e", kept, "--format", "json").out)
    assert document["intact"] is False
    assert document["chains"][0]["faults"][0]["code"] == "removed"


def test_export_verify_elsewhere_and_import(
    govctl: Govctl, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, key = tmp_path / "e.zip", tmp_path / "key.pub"
    assert govctl("evidence", "export", "all", "-e", kept, "-o", file).code == 0
    assert govctl("evidence", "key", "-e", kept, "-o", key).code == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    said = govctl("evidence", "verify", file, "--key", key)
    assert said.code == 0
    assert "give --key" not in said.out
    (elsewhere / "estate.yaml").touch()
    said = govctl("evidence", "import", file, "--key", key)
    assert (said.code, "2 new runs, 0 known" in said.out) == (0, True)
    said = govctl("evidence", "import", file, "--format", "json")
    assert json.loads(said.out)["imported"][0]["runs"] == []
    assert "imported from phu-tho" in govctl("evidence", "list").out


def test_a_head_that_was_noted_down_has_to_be_there(
    govctl: Govctl, kept: Path, tmp_path: Path
) -> None:
    file = tmp_path / "e.zip"
    govctl("evidence", "export", IDS[0], "-e", kept, "-o", file)
    document = json.loads(govctl("evidence", "verify", "-e", kept, "--format", "json").out)
    head = document["chains"][0]["head"]
    said = govctl("evidence", "verify", file, "--head", head)
    assert said.code == 1
    assert "the newest were removed" in said.out
    assert govctl("evidence", "verify", file, "--head", "7").code == 2


def test_diff_says_what_changed(govctl: Govctl, kept: Path) -> None:
    said = govctl("diff", *IDS, "-e", kept)
    assert said.code == 2
    assert "this is no bundle of facts" in said.err  # `raw` is what the fixture keeps
    run = Store(kept / ".govctl" / "runs").load(IDS[0])
    failing = next(one for one in run.findings if one.status == "fail")
    findings = tuple(replace(one, status="pass") if one is failing else one for one in run.findings)
    ids = ("20261123T000000.000Z-000003", "20261124T000000.000Z-000004")
    for name, found in zip(ids, (run.findings, findings), strict=True):
        Store(kept / ".govctl" / "runs").write(replace(run, id=name, findings=found), {})
    said = govctl("diff", *ids, "-e", kept)
    assert said.code == 1
    assert "fail → pass" in said.out
    document = json.loads(govctl("diff", *ids, "-e", kept, "--format", "json").out)
    assert [one["causes"] for one in document["changed"]] == [["time"]]
    assert govctl("diff", ids[0], ids[0], "-e", kept).code == 0
    assert govctl("diff", IDS[0], "nothing", "-e", kept).code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list",), "which estate? Give --estate FOLDER"),
        (("verify", "nothing", "-e", "{estate}"), "there is no run nothing"),
        (("export", "all"), "where to? Give -o FILE"),
        (("import", "nothing.zip", "-e", "{estate}"), "nothing.zip: No such file"),
        (("show", "nothing", "-e", "{estate}"), "there is no run nothing"),
        (("list", "-e", "{estate}", "--store", "mysql://a:pw@b/c"), "mysql://b/c is no store"),
    ],
)
def test_wrong_words_are_one_clear_error(
    govctl: Govctl, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    said = govctl("evidence", *(word.format(estate=kept) for word in words))
    assert said.code == 2
    assert message in said.err
    assert said.out == ""


def test_the_gate_of_a_scan(govctl: Govctl, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", "yes")
    scan = ("scan", "--root", root, "--checks", CHECK)
    before = tmp_path / "before.json"
    assert govctl(*scan, "--format", "json", "-o", before).code == 1
    assert govctl(*scan, "--fail-on", "critical").code == 0
    said = govctl(*scan, "--fail-on", "medium")
    assert (said.code, "gate: 1 finding fails, of severity medium or worse" in said.err) == (
        1,
        True,
    )
    assert govctl(*scan, "--new-only", "--against", before).code == 0
    assert govctl(*scan, "--min-coverage", "100", "--fail-on", "critical").code == 0
    for wrong in (
        ("--fail-on", "worst"),
        ("--min-coverage", "101"),
        ("--against", before),
        ("--new-only",),
        ("--new-only", "--against", "last"),
        ("--new-only", "--against", tmp_path / "nothing.json"),
    ):
        assert govctl(*scan, *wrong).code == 2, wrong


def test_the_gate_of_facts_files(govctl: Govctl, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", "yes")
    assert govctl("collect", "--root", root, "-o", tmp_path / "a.facts").code == 0
    words = ("evaluate", tmp_path / "a.facts", "--checks", CHECK)
    assert govctl(*words).code == 1
    assert govctl(*words, "--fail-on", "critical").code == 0


def test_last_is_the_newest_run(govctl: Govctl, kept: Path, tmp_path: Path) -> None:
    shown = govctl("evidence", "show", "last", "-e", kept)
    assert shown.out == govctl("evidence", "show", IDS[1], "-e", kept).out != ""
    assert govctl("diff", IDS[0], "last", "-e", kept) == govctl("diff", *IDS, "-e", kept)
    assert govctl("evidence", "verify", "last", "-e", kept).code == 0
    file = tmp_path / "a.zip"
    said = govctl("evidence", "export", "last", IDS[1], "-e", kept, "-o", file)
    assert said.out.startswith("1 run")


def test_last_of_no_run_is_one_clear_error(govctl: Govctl, estate: Path) -> None:
    said = govctl("evidence", "show", "last", "-e", estate)
    assert (said.code, said.out) == (2, "")
    assert "no run is kept yet" in said.err


def test_export_takes_no_device_for_a_file(govctl: Govctl, kept: Path) -> None:
    said = govctl("evidence", "export", "all", "-e", kept, "-o", "/dev/null")
    assert said.code == 2
    assert "/dev/null is a device or a pipe" in said.err
    assert Path("/dev/null").is_char_device()
