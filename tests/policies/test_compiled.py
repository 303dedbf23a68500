"""Rows that were read when govctl was installed: as good as the files, or passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from policies.catalogue import FOLDER, load
from policies.compiled import NAME, compiled, parsed
from policies.rows import read

ROWS = """\
- id: x-one
  family: sshd.option
  args: {option: permitrootlogin, equals: "no", minimum: 007, share: 1.5, never: null, on: yes}
- id: x-two
  text: {vi: Root không vào được}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(ROWS)
    (tmp_path / "b.yaml").write_text("")
    (tmp_path / NAME).write_bytes(compiled(tmp_path))
    return tmp_path


def test_they_are_what_the_files_say(folder: Path) -> None:
    assert parsed(folder) == {"a.yaml": [row.data for row in read(folder / "a.yaml")[0]],
                              "b.yaml": []}  # fmt: skip


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: _edit(folder / "a.yaml", '"no"', '"yes"'),
        lambda folder: _edit(folder / NAME, '"no"', '"yes"'),
        lambda folder: (folder / NAME).write_bytes((folder / NAME).read_bytes()[:-3]),
        lambda folder: (folder / NAME).write_bytes(b"\0\n{"),
        lambda folder: (folder / NAME).write_bytes(b""),
        lambda folder: (folder / NAME).unlink(),
        lambda folder: (folder / "c.yaml").write_text("[]"),
        lambda folder: (folder / "b.yaml").unlink(),
        lambda folder: (folder / "b.yaml").rename(folder / "c.yaml"),
    ],
)
def test_after_any_change_the_files_count(folder: Path, change: Callable[[Path], object]) -> None:
    change(folder)
    assert parsed(folder) == {}


def test_files_of_another_reader_do_not_count(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = tmp_path / "reader.py"
    reader.write_text("# another one")
    monkeypatch.setattr("policies.compiled._READER", reader)
    assert parsed(folder) == {}


def test_what_cannot_be_read_is_not_compiled(folder: Path) -> None:
    (folder / "a.yaml").write_text("- {a: 1, a: 2}\n")
    with pytest.raises(ValueError, match="twice"):
        compiled(folder)


def test_shipped_checks_are_the_same_either_way(tmp_path: Path) -> None:
    paths = sorted(FOLDER.glob("*.yaml"))
    for path in paths:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / NAME).write_bytes(compiled(tmp_path))
    known = parsed(tmp_path)
    assert len(known) == len(paths)
    quick = load(paths, with_arguments=False, parsed=known)
    assert repr(quick) == repr(load(paths, with_arguments=False))
