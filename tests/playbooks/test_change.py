"""What tasks in sh tell of the files that they change, and that a plan leaves these alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from playbooks.hosts import texts
from tests.playbooks.test_roles import ROOM

WRITE = 'new=$(fresh "$1"); printf "%s" "$2" > "$new"; put "$new" "$1" 0640'


def written(path: Path, text: str, *, dry: bool) -> subprocess.CompletedProcess[str]:
    begin = (ROOM / "hosts" / "change.sh").read_text()
    return subprocess.run(
        ["/bin/sh", "-c", f"dry={int(dry)} live=0; {begin}\nset -e\n{WRITE}\necho done",
         "sh", str(path), text],
        capture_output=True, text=True, check=False, timeout=30, env={"TMPDIR": str(path.parent),
                                                                      "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


@pytest.mark.parametrize("dry", [True, False])
def test_a_change_is_told_with_its_diff_and_only_made_if_it_is_no_plan(
    tmp_path: Path, dry: bool
) -> None:
    path = tmp_path / "etc" / "x.conf"
    path.parent.mkdir()
    path.write_text("a\nb\n")
    path.chmod(0o600)
    said = written(path, "a\nc\n", dry=dry).stdout
    assert said == f"changed: {path}\n| @@ -1,2 +1,2 @@\n|  a\n| -b\n| +c\ndone\n"
    assert path.read_text() == ("a\nb\n" if dry else "a\nc\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.rglob("*")) == [path.parent, path]


def test_what_is_as_asked_is_not_told_and_a_new_file_gets_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x"
    assert f"changed: {path}\n| @@ -0,0 +1 @@\n| +a\n" in written(path, "a\n", dry=False).stdout
    assert path.stat().st_mode & 0o777 == 0o640
    assert written(path, "a\n", dry=False).stdout == "done\n"


def test_what_cannot_be_put_in_place_is_a_failure_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    (path / "full").mkdir(parents=True)
    done = written(path, "a\n", dry=False)
    assert done.returncode == 1 and done.stdout == ""
    assert list(tmp_path.iterdir()) == [path]


def test_python_tells_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_text("a\n\nb\n")
    texts.settle_text(str(path), lambda text: text.replace("b", "c"), dry=True)
    assert capsys.readouterr().out == (
        f"changed: {path}\n| @@ -1,3 +1,3 @@\n|  a\n|  \n| -b\n| +c\n"
    )
    assert path.read_text() == "a\n\nb\n"
