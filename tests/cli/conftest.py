"""An estate that nobody provisions, and the program as a person runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from govctl.cli import console
from govctl.cli.options import hoist
from govctl.cli.run import run
from govctl.estate.init import create
from govctl.texts import use_language

ENVIRONMENT = ("GOVCTL_LANG", "GOVCTL_ESTATE", "NO_COLOR", "COLUMNS", "LC_ALL", "LC_MESSAGES")


@dataclass(frozen=True)
class Said:
    """What the program left behind."""

    code: int
    out: str
    err: str


Govctl = Callable[..., Said]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    console.stdout.cache_clear()
    console.stderr.cache_clear()
    yield
    use_language("en")
    console.configure(color=True, quiet=False, verbose=False)


@pytest.fixture
def govctl(capsys: pytest.CaptureFixture[str]) -> Govctl:
    """Run words in this process, as `main` does after it has chosen the language."""

    def call(*words: str | Path) -> Said:
        code = run(hoist([str(word) for word in words]))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


def program(*words: str | Path, **environment: str) -> Said:
    """Run the real program in a process of its own, its output in pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "govctl", *(str(word) for word in words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Phú Thọ with three communes, under an id that no live estate has."""
    folder = tmp_path_factory.mktemp("cli") / "estate"
    create(folder, "25", communes=3)
    file = folder / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("estate: phu-tho ", "estate: only-described ", 1), encoding="utf-8"
    )
    return folder


@pytest.fixture
def estate(made: Path, tmp_path: Path) -> Path:
    """A copy of it to write to."""
    return Path(shutil.copytree(made, tmp_path / "estate"))


@pytest.fixture
def broken(estate: Path) -> Path:
    """The same with a flow that leads nowhere."""
    file = estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    assert "portal.web" in text
    file.write_text(text.replace("portal.web", "portal.wbe", 1), encoding="utf-8")
    return estate
