"""Folders of programs that run for us: private, gone at the end, swept after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from govctl.errors import MissingPrerequisite
from govctl.pipeline.harden.run_folder import run_folder

WAITING = """\
from govctl.pipeline.harden.run_folder import run_folder
with run_folder("ansible") as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def waiting() -> tuple[subprocess.Popen[str], Path]:
    """Another process that is at work in such a folder."""
    other = subprocess.Popen(
        [sys.executable, "-c", WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    return other, Path(other.stdout.readline().strip())


def test_it_is_its_owners_alone_and_gone_at_the_end() -> None:
    with run_folder("ansible") as folder:
        (folder / "secret").touch()
        assert folder.stat().st_mode & 0o077 == folder.parent.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_what_a_killed_run_left_is_swept_by_the_next() -> None:
    other, left = waiting()
    other.send_signal(signal.SIGKILL)
    other.wait(10)
    assert left.is_dir()
    with run_folder("ansible"):
        assert not left.exists()


def test_programs_that_work_in_it_are_ended_with_it() -> None:
    with run_folder("ansible") as folder:
        program = subprocess.Popen([sys.executable, "-c", "input()", folder], stdin=subprocess.PIPE)
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert program.wait(10) == -signal.SIGTERM
    assert other.poll() is None
    other.communicate(b"\n", timeout=60)
    program.communicate()


def test_a_run_that_is_at_work_keeps_its_folder() -> None:
    other, theirs = waiting()
    try:
        with run_folder("ansible") as ours:
            assert theirs.is_dir() and ours != theirs
        assert theirs.is_dir()
    finally:
        other.communicate("\n", timeout=60)
    assert not theirs.exists()


def test_a_folder_that_others_may_enter_is_refused(runtime: Path) -> None:
    with run_folder("ansible") as folder:
        base = folder.parent
    base.chmod(0o755)
    with pytest.raises(MissingPrerequisite, match="of this account alone"), run_folder("ansible"):
        pass
