"""Checks that were built when govctl was installed: as good as the files, or passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from govctl.errors import InputError
from policies import compiled as module
from policies.catalogue import FOLDER
from policies.compiled import NAME, built, compiled
from policies.reading import load

ROWS = """\
- id: x-one
  family: sshd.option
  args:
    option: permitrootlogin
    minimum: {value: 7, name: tries, from: acc.default, unit: days, endless: [0], variables: [v]}
    equals: "no"
    share: 1.5
    never: null
    on: yes
    nested: {value: [a, b], name: list}
  severity: high
  text: {en: Root stays out, vi: Root không vào được}
  answers: [acc.default]
  references: {ssg: [a, b], cis: ["5.1.20"]}
  applies: {package: [openssh-server]}
  kernel: true
  part_of: x-two
  fix: sshd
- id: x-two
  family: packages.absent
  severity: low
  text: {en: Nothing else, vi: Không gì khác}
  answers: []
  fix: null
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(ROWS)
    (tmp_path / "b.yaml").write_text("")
    (tmp_path / NAME).write_bytes(compiled(tmp_path))
    return tmp_path


def test_they_are_what_the_files_say(folder: Path) -> None:
    found = built(folder)
    read = load([folder / "a.yaml"], with_arguments=False)
    assert found == read
    assert repr(found) == repr(read)
    assert [list(check.args) for check in found] == [list(check.args) for check in read]


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
    assert built(folder) is None


@pytest.mark.parametrize("number", range(len(module._MAKERS)))
def test_checks_of_other_code_do_not_count(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    other = tmp_path / "other.py"
    other.write_text("# another one")
    makers = list(module._MAKERS)
    assert makers[number].is_file()
    makers[number] = other
    monkeypatch.setattr(module, "_MAKERS", tuple(makers))
    assert built(folder) is None


@pytest.mark.parametrize(
    ("rows", "wrong"), [("- {a: 1, a: 2}\n", "twice"), ("- {id: x-one}\n", "is missing")]
)
def test_what_is_wrong_is_not_compiled(folder: Path, rows: str, wrong: str) -> None:
    (folder / "a.yaml").write_text(rows)
    with pytest.raises(InputError) as caught:
        compiled(folder)
    assert any(wrong in str(problem) for problem in caught.value.problems)


def test_shipped_checks_are_the_same_either_way(tmp_path: Path) -> None:
    paths = sorted(FOLDER.glob("*.yaml"))
    for path in paths:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / NAME).write_bytes(compiled(tmp_path))
    quick, read = built(tmp_path), load(paths, with_arguments=False)
    assert quick == read
    assert repr(quick) == repr(read)
