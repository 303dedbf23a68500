"""The pipelines that are shipped: they parse, and what they call exists with these options."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from govctl.cli.app import app
from govctl.cli.run import load_commands, run
from govctl.estate import load
from govctl.estate.init import create
from govctl.evidence.store import Store
from tests.cli.trees import tree
from tests.reports import examples

ROOT = Path(__file__).resolve().parent.parent
PIPELINES = sorted((ROOT / "examples" / "ci").glob("*.yml"))
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def parsed(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def strings(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from strings(part)
    elif isinstance(document, str):
        yield document


def commands(path: Path) -> list[list[str]]:
    """The words of every line that calls govctl."""
    lines = [line.strip() for text in strings(parsed(path)) for line in text.splitlines()]
    return [shlex.split(line)[1:] for line in lines if re.match(r"govctl [a-z]", line)]


CALLS = [(path.name, words) for path in PIPELINES for words in commands(path)]


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """What the examples say they stand in: an estate with a kept run, and an image."""
    create(tmp_path / "estate", "25", communes=1)
    kept = replace(examples.run(load(tmp_path / "estate"), examples.checks()), probes=())
    Store(tmp_path / "estate" / ".govctl" / "runs").write(kept, {})
    (tmp_path / "images").mkdir()
    tree(tmp_path / "images" / "portal", "no")
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_there_are_pipelines_for_both_and_they_call_govctl() -> None:
    assert [path.name for path in PIPELINES] == ["github-actions.yml", "gitlab-ci.yml"]
    for path in PIPELINES:
        called = {words[0] for words in commands(path)}
        assert {"validate", "scan", "report"} <= called


@pytest.mark.parametrize(("name", "words"), CALLS, ids=str)
def test_each_call_is_one_that_govctl_takes(name: str, words: list[str]) -> None:
    load_commands([])
    command = typer.main.get_command(app)
    assert name
    found = command.get_command(None, words[0])  # type: ignore[attr-defined]
    assert found.make_context(
        words[0], [word for word in words[1:] if word not in ("--lang", "vi")]
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [call for call in CALLS if call[1][:2] != ["scan", "estate"]],
    ids=str,
)
def test_what_needs_no_machine_runs_as_it_is_written(
    repository: Path, name: str, words: list[str]
) -> None:
    assert name
    code = run([*words[-2:], *words[:-2]] if words[-2] == "--lang" else words)
    assert code in (0, 1)
    if "--output" in words:
        assert (repository / words[words.index("--output") + 1]).stat().st_size > 100


def test_github_is_given_what_fails() -> None:
    text = (ROOT / "examples" / "ci" / "github-actions.yml").read_text(encoding="utf-8")
    assert """jq '.runs[].results |= map(select(.kind == "fail"))' govctl.sarif""" in text


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("estate/estate.yaml", True),
        ("estate.yml", True),
        ("estate/units.csv", True),
        ("estate/addresses.yaml", True),
        ("README.md", False),
    ],
)
def test_the_hook_validates_when_a_description_changed(
    repository: Path, file: str, wanted: bool
) -> None:
    (hook,) = parsed(HOOKS)
    assert bool(re.search(hook["files"], file)) is wanted
    assert run([*hook["entry"].split()[1:], "estate/"]) == 0
    assert repository
