"""Every format at the shell: which is meant, where it goes, and the same bytes for the same run."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from openpyxl import load_workbook

from govctl.estate import load
from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.reports.formats import FORMATS
from tests.cli.conftest import Govctl
from tests.cli.trees import CHECK, tree
from tests.reports import examples

WRITTEN = [one for one in FORMATS.values() if one.renderer]


@pytest.fixture
def kept(estate: Path) -> Run:
    """A run that the estate keeps; its machines gave nothing raw."""
    described = load(estate)
    run = replace(examples.run(described, examples.checks()), probes=())
    Store(estate / ".govctl" / "runs").write(run, {})
    return run


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


@pytest.mark.parametrize("name", [one.name for one in WRITTEN])
def test_a_kept_run_gives_the_same_file_each_time(
    govctl: Govctl, estate: Path, kept: Run, tmp_path: Path, name: str
) -> None:
    files = [tmp_path / f"{number}.report" for number in range(2)]
    for file in files:
        said = govctl("report", estate, "--run", kept.id, "--format", name, "-o", file)
        assert (said.code, said.out, said.err) == (0, "", "")
        assert file.stat().st_mode & 0o777 == 0o600
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("format", WRITTEN, ids=[one.name for one in WRITTEN])
def test_the_name_of_the_file_says_the_format(
    govctl: Govctl, estate: Path, kept: Run, tmp_path: Path, format: object
) -> None:
    assert kept
    one = next(each for each in WRITTEN if each is format)
    named, said = tmp_path / f"a{one.suffix}", tmp_path / "b"
    assert govctl("report", estate, "-o", named).code == 0
    assert govctl("report", estate, "--format", one.name, "-o", said).code == 0
    assert named.read_bytes() == said.read_bytes()


def test_a_run_is_enough_in_the_estates_folder_or_with_its_variable(
    govctl: Govctl,
    estate: Path,
    kept: Run,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = govctl("report", estate, "--run", kept.id, "--format", "json").out
    said = govctl("report", kept.id, "--format", "json")
    assert said.code == 2
    assert "GOVCTL_ESTATE" in said.err
    monkeypatch.setenv("GOVCTL_ESTATE", str(estate))
    assert govctl("report", kept.id, "--format", "json").out == wanted
    assert govctl("report", "--format", "json").out == wanted
    monkeypatch.delenv("GOVCTL_ESTATE")
    os.chdir(estate)
    assert govctl("report", kept.id, "--format", "json").out == wanted
    assert govctl("report", "last", "--format", "json").out == wanted
    assert here


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("{estate}", "--run", "nope"), "there is no run nope"),
        (("nope",), "nope is no folder, and there is no estate here"),
        (("nope", "--run", "x"), "nope is no estate's folder, and a run is named already"),
        ((), "govctl report needs ESTATE"),
        (("{estate}", "--format", "pdf"), '--format does not take "pdf"'),
    ],
)
def test_wrong_words(
    govctl: Govctl, estate: Path, kept: Run, here: Path, words: tuple[str, ...], error: str
) -> None:
    said = govctl("report", *(word.format(estate=estate) for word in words))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {error}")
    assert kept and here


@pytest.mark.parametrize("format", WRITTEN, ids=[one.name for one in WRITTEN])
def test_a_scan_of_trees_is_written_in_every_format(
    govctl: Govctl, tmp_path: Path, format: object
) -> None:
    one = next(each for each in WRITTEN if each is format)
    root = tree(tmp_path / "image", "yes")
    file = tmp_path / f"out{one.suffix}"
    said = govctl("scan", "--root", root, "--checks", CHECK, "--format", one.name, "-o", file)
    assert (said.code, said.out) == (1, "")
    content = file.read_bytes()
    assert content
    if one.name == "sarif":
        (run,) = json.loads(content)["runs"]
        (result,) = run["results"]
        assert run["invocations"][0]["exitCode"] == 1
        assert result["kind"] == "fail"
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place["uri"] == "etc/ssh/sshd_config"
        (rule,) = run["tool"]["driver"]["rules"]
        assert "judged by" in rule["help"]["text"]
    if one.name == "junit":
        assert Xml.fromstring(content).get("failures") == "1"
    if one.name == "xlsx":
        assert load_workbook(BytesIO(content))["Findings"].max_row == 2


def test_stored_facts_are_written_in_every_format_too(govctl: Govctl, tmp_path: Path) -> None:
    root = tree(tmp_path / "image", "yes")
    facts = tmp_path / "a.facts"
    assert govctl("collect", "--root", root, "-o", facts).code == 0
    said = govctl("evaluate", facts, "--checks", CHECK, "--format", "sarif")
    assert said.code == 1
    (run,) = json.loads(said.out)["runs"]
    assert [result["kind"] for result in run["results"]] == ["fail"]


def test_vietnamese_headings(govctl: Govctl, estate: Path, kept: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    assert govctl("report", estate, "-o", file, "--lang", "vi").code == 0
    heading = file.read_text(encoding="utf-8-sig").splitlines()[0]
    assert heading.startswith("Đối tượng,Đơn vị,Hệ thống thông tin,")
    assert kept


def test_a_page_of_trees_has_them_instead_of_units(govctl: Govctl, tmp_path: Path) -> None:
    roots = [tree(tmp_path / name, answer) for name, answer in (("one", "yes"), ("two", "no"))]
    page = tmp_path / "page.html"
    words = [word for root in roots for word in ("--root", root)]
    said = govctl("scan", *words, "--checks", "sshd-*", "--lang", "en", "-o", page)
    assert said.code == 1, said.err
    text = page.read_text(encoding="utf-8")
    for root in roots:
        assert f'<span class="name">{root}</span>' in text
    assert "sshd-root-login" in text
    assert 'id="standing"' not in text
    assert 'id="h-map"' not in text
    assert "the estate does not know" not in text


def test_a_terminal_gets_no_workbook(tmp_path: Path) -> None:
    root = tree(tmp_path / "image", "yes")
    leader, follower = pty.openpty()
    words = ("scan", "--root", str(root), "--checks", CHECK, "--format", "xlsx")
    done = subprocess.run(
        [sys.executable, "-m", "govctl", *words],
        stdout=follower,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "LANG": "C.UTF-8"},
    )
    os.close(follower)
    os.close(leader)
    assert done.returncode == 2
    assert "-o report.xlsx" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("report", "{estate}", "--store", "mysql://a:pw@b/c"), "mysql://b/c is no store"),
        (("scan", "{estate}", "--new-only", "--store", "mysql://a:pw@b/c"), "b/c is no store"),
        (("scan", "localhost", "--store", "sqlite://"), "--store is for an estate"),
    ],
)
def test_a_store_that_cannot_be_meant_is_refused(
    govctl: Govctl, estate: Path, words: tuple[str, ...], message: str
) -> None:
    said = govctl(*(str(estate) if word == "{estate}" else word for word in words))
    assert said.code == 2
    assert message in said.err
    assert "pw" not in said.err
