"""An entry is added to what stands in a file, also where two add at once, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from govctl.decisions.write import append
from govctl.errors import InputError, UsageError
from govctl.estate.places import Problems

ENTRY = {"reason": "no", "from": "2026-11-22T00:00Z", "what": ["yes", "a-b", "07"]}


def add(file: Path, write: bool = True) -> str:
    def accept(_text: str, _problems: Problems) -> None: ...

    return append(file, "waivers", ENTRY, accept, {}, write=write).id


def ids(file: Path) -> list[str]:
    return [one["id"] for one in yaml.safe_load(file.read_text(encoding="utf-8"))["waivers"]]


@pytest.mark.parametrize(
    "text",
    [
        "waivers: []\n",
        "waivers:\n- {id: w-2026-004, reason: old}\n",
        "waivers: [{id: w-2026-004, reason: 'old'}]\n",
        "# first\nwaivers:\n    - id: w-2026-004 # mine\n      day: 2026-01-01\n# last\n",
        "waivers:\r\n- {id: w-2026-004, reason: old}\r\n",
    ],
)
def test_what_stood_there_reads_the_same(text: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_bytes(text.encode())
    before = yaml.safe_load(text)["waivers"]
    name = add(file)
    assert name == ("w-2026-005" if before else "w-2026-001")
    after = yaml.safe_load(file.read_text(encoding="utf-8"))["waivers"]
    assert after[:-1] == before
    assert after[-1] == {**ENTRY, "from": after[-1]["from"], "id": name}
    for comment in ("# first", "# mine", "# last"):
        assert (comment in text) == (comment in file.read_text(encoding="utf-8"))


def test_two_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _n: add(file), range(8)))
    assert sorted(given) == ids(file) == [f"w-2026-{n:03d}" for n in range(1, 9)]


def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "w.yaml"
    real.write_text("waivers: []\n", encoding="utf-8")
    link = tmp_path / "waivers.yaml"
    link.symlink_to(real)
    add(link)
    assert link.is_symlink() and ids(real) == ["w-2026-001"]


@pytest.mark.parametrize("text", ["waivers: x\n", "other: []\n", "waivers: [\n", "", "- a\n"])
def test_a_file_of_another_shape_is_refused_and_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        add(file)
    assert file.read_text(encoding="utf-8") == text


def test_a_folder_that_is_gone_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        add(tmp_path / "gone" / "waivers.yaml")
