"""The digest of what an outcome was made of: every change of it is seen, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from govctl.cli.inputs import MOST_NAMES, Unsure, state_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    estate = tmp_path / "estate"
    (estate / "catalogue" / "portal").mkdir(parents=True)
    (estate / ".govctl").mkdir()
    (estate / "estate.yaml").write_text("estate: a\n")
    (estate / "values.csv").write_text("")
    (tmp_path / "register.csv").write_text("code\n")
    (tmp_path / "code.py").write_text("ONE = 1\n")
    return estate


def _state(folder: Path) -> str:
    above = folder.parent
    files = [folder / "estate.yaml", folder / "addresses.yaml", above / "register.csv"]
    return state_of(str(folder), map(str, files), [str(above / "code.py"), str(above)])


def _as_long_and_as_old(file: Path, text: str) -> None:
    before = file.stat()
    assert len(text) == before.st_size
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _become_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _become_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _replace(file: Path) -> None:
    """By another file with the same content, as an editor does."""
    beside = file.with_name("beside")
    beside.write_bytes(file.read_bytes())
    beside.rename(file)


def _fill(folder: Path) -> None:
    for number in range(MOST_NAMES):
        (folder / str(number)).touch()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file of the estate": lambda e: _as_long_and_as_old(e / "estate.yaml", "estate: b\n"),
    "a file outside of it": lambda e: (e.parent / "register.csv").write_text("Code\n"),
    "that file is gone": lambda e: (e.parent / "register.csv").unlink(),
    "a file that was looked for": lambda e: (e / "addresses.yaml").write_text(""),
    "a new file": lambda e: (e / "waivers.yaml").write_text(""),
    "a new file deep down": lambda e: (e / "catalogue" / "portal" / "entry.yaml").write_text(""),
    "a name becomes a folder's": lambda e: _become_folder(e / "values.csv"),
    "code, as long and as old": lambda e: _as_long_and_as_old(e.parent / "code.py", "TWO = 2\n"),
    "code is another file": lambda e: _replace(e.parent / "code.py"),
    "new code": lambda e: (e.parent / "more.py").write_text(""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_gives_another_state(folder: Path, change: Callable[[Path], object]) -> None:
    before = _state(folder)
    assert _state(folder) == before
    change(folder)
    assert _state(folder) != before


def test_a_file_that_is_written_anew_as_it_was_gives_the_same_state(folder: Path) -> None:
    before = _state(folder)
    (folder / "estate.yaml").unlink()
    (folder / "estate.yaml").write_text("estate: a\n")
    (folder / ".govctl" / "evidence.db").write_text("hidden folders are not the description")
    assert _state(folder) == before


UNSURE: dict[str, Callable[[Path], object]] = {
    "a link to a folder": lambda e: (e / "checks").symlink_to("/usr"),
    "a link to nothing": lambda e: (e / "waivers.yaml").symlink_to("not-yet"),
    "a pipe instead of a file": lambda e: _become_pipe(e / "estate.yaml"),
    "more names than an estate has": lambda e: _fill(e / "catalogue"),
}


@pytest.mark.parametrize("change", UNSURE.values(), ids=UNSURE.keys())
def test_what_a_digest_would_not_tell_has_none(
    folder: Path, change: Callable[[Path], object]
) -> None:
    change(folder)
    with pytest.raises(Unsure):
        _state(folder)


def test_code_that_is_gone_has_no_state(folder: Path) -> None:
    (folder.parent / "code.py").unlink()
    with pytest.raises(OSError, match=r"code\.py"):
        _state(folder)
