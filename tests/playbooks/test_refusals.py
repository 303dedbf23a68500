"""Files that refuse to be changed: named once, nothing half-written, and the others have their
turn."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import rights, texts
from tests.playbooks.test_playbook import ROOM

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file immutable")


RIGHTS = ["rights", (ROOM / "hosts" / "rights.py").read_text()]


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Path]:
    """A file that nobody can change (chattr(1)), or replace by a rename where there is no such
    attribute."""
    path = tmp_path / "immutable"
    path.write_text("old\n")
    path.chmod(0o666)
    chattr = ["chattr", "+i", str(path)]
    if shutil.which("chattr") and subprocess.run(chattr, check=False).returncode == 0:
        yield path
        subprocess.run(["chattr", "-i", path], check=True)
    else:
        subprocess.run(["mount", "--bind", path, path], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
        yield path
        subprocess.run(["umount", path], check=True)


@pytest.fixture(autouse=True)
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "refused", [])


def run(modules: list[str], rows: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    """Modules as the playbook sends them to a host."""
    sources = [[name, (ROOM / "hosts" / f"{name}.py").read_text()] for name in modules]
    request = {"sources": sources, "rows": rows, "dry": False, "offline": True}
    load = (ROOM / "hosts" / "load.py").read_text()
    return subprocess.run([sys.executable, "-c", load], input=json.dumps(request),
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip


@needs_root
def test_a_mode_that_cannot_be_taken_away_is_no_change_and_keeps_no_other(
    immutable: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o666)
    rows = [{"id": path.name, "family": "files.permissions", "paths": [str(path)],
             "mode": "0640", "aspects": ["mode"]} for path in (immutable, other)]  # fmt: skip
    done = run(["rights", "texts", "named"], rows)
    assert done.returncode == 1
    assert done.stdout == f"changed: {other} 0666 -> 0640\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{immutable}: ")
    assert stat.S_IMODE(other.stat().st_mode) == 0o640


@needs_root
def test_a_text_that_cannot_be_replaced_is_told_as_refused_and_leaves_nothing_beside_it(
    immutable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not texts.settle_text(str(immutable), lambda _text: "new\n", dry=False)
    assert immutable.read_text() == "old\n"
    assert list(immutable.parent.iterdir()) == [immutable]
    assert capsys.readouterr().out == ""
    assert [line.partition(": ")[0] for line in rights.refused] == [str(immutable)]


def test_an_error_of_the_file_system_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", (ROOM / "hosts" / "load.py").read_text()],
        input=json.dumps({"sources": [RIGHTS, ["x", _FAILS]], "rows": [], "dry": False}),
        capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "/sys/x: Operation not permitted\n")


_FAILS = (
    "import os\ndef main(request): raise PermissionError(1, os.strerror(1), '/a', None, '/sys/x')"
)


_REFUSES = """\
from playbooks.hosts.rights import refuse
def main(request):
    for number in range(9):
        refuse(f"/f{number}", "no")
"""


def test_many_refusals_are_a_line_too() -> None:
    request = {"sources": [RIGHTS, ["x", _REFUSES]], "rows": []}
    load = (ROOM / "hosts" / "load.py").read_text()
    done = subprocess.run([sys.executable, "-c", load], input=json.dumps(request),
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
    assert done.stderr == "/f0: no; /f1: no; /f2: no; /f3: no; /f4: no; 4 more\n"
