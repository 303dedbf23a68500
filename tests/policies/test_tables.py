"""An organisation's own tables: read as strictly as the law's, every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from govctl.errors import InputError
from policies import requirements
from policies.about import about
from policies.tables import read
from tests.site import forgotten

HEADER = "level,clause,group,key,threshold,strength,evidence,period,topic_en,topic_vi"
GOOD = "3,QĐ12 4.2,logs,log.retention,log_retention>=24 months,required,service-probe,,Kept,Lưu"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with forgotten():
        yield


def _problems(folder: Path, *lines: str, name: str = "own.csv") -> list[str]:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    return [str(problem).replace(f"{path}", "T") for problem in caught.value.problems]


CASES = [
    (GOOD.replace("3,", "9,", 1), 'T:2:1: "9" is not known here (expected one of: 1, 2'),
    (GOOD.replace("QĐ12 4.2", "somewhere"), 'T:2:2: "somewhere" is no clause'),
    (GOOD.replace("QĐ12 4.2", "4.2: a"), 'T:2:2: "4.2: a" is no clause'),
    (GOOD.replace(",logs,", ",,"), 'T:2:3: the cell "group" is empty'),
    (GOOD.replace("log.retention", "Log Retention"), 'T:2:4: "Log Retention" is no key'),
    (GOOD.replace(">=24", ">24"), 'T:2:5: "log_retention>24 months" is no threshold'),
    (GOOD.replace("log_retention>=24 months", "a>=5; a<=3"), "T:2:5: a>=5 and a<=3 cannot both"),
    (GOOD.replace("required", "must"), 'T:2:6: "must" is not known here'),
    (GOOD.replace("service-probe", "hearsay"), 'T:2:7: "hearsay" is not known here'),
    (GOOD.replace(",,Kept", ",daily,Kept"), 'T:2:8: "daily" is not known here'),
    (GOOD.replace("Lưu", ""), 'T:2:10: the cell "topic_vi" is empty'),
    (GOOD + ",more", "T:2:11: more cells than columns: 11"),
    (GOOD + "\n" + GOOD, 'T:3:4: the key "log.retention" stands twice at level 3; the first one'),
    ('3,"broken', "T:2:1: cannot be read"),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_a_wrong_row_is_refused_with_its_cell(tmp_path: Path, rows: str, expected: str) -> None:
    found = _problems(tmp_path, HEADER, *rows.split("\n"))
    assert any(line.startswith(expected) for line in found), found


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    found = _problems(tmp_path, HEADER.replace("clause", "claus").replace("period", "group"), GOOD)
    assert any('T:1:2: unknown column "claus"; did you mean "clause"?' in line for line in found)
    assert any('T:1:8: the column "group" stands twice' in line for line in found)
    assert any('the column "clause" is missing' in line for line in found)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    wrong = GOOD.replace("required", "must").replace("3,", "x,", 1)
    assert len(_problems(tmp_path, HEADER, wrong, GOOD.replace(">=", ">"))) == 3


@pytest.mark.parametrize("name", ["Own Table.csv", "a:b.csv"])
def test_a_name_that_no_command_line_takes_is_refused(tmp_path: Path, name: str) -> None:
    assert "is no name of a baseline" in _problems(tmp_path, HEADER, GOOD, name=name)[0]


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    assert "the table is empty" in _problems(tmp_path, HEADER)[0]
    assert "the table is empty" in _problems(tmp_path, "")[0]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(HEADER.encode() + b"\n3,\xff")
    with pytest.raises(InputError, match=r"own\.csv:2:3: byte 0xff is not UTF-8"):
        read(tmp_path / "own.csv")


def test_a_folder_of_tables_counts_for_the_run(tmp_path: Path) -> None:
    (tmp_path / "phu-tho-12.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    text = f"{HEADER}\n{GOOD}\n".replace(",", ";")
    (tmp_path / "semicolons.csv").write_text(text, encoding="utf-8")
    assert requirements.use(tmp_path) == ("phu-tho-12", "semicolons")
    assert "phu-tho-12" in requirements.names()
    row = requirements.load("phu-tho-12").find(3, "log.retention")
    assert row is not None
    assert row.id == "phu-tho-12:QĐ12 4.2"
    assert requirements.load("semicolons").requirements[0].threshold == row.threshold
    assert about("phu-tho-12").title["vi"] == "phu-tho-12"


def test_a_table_takes_no_shipped_name_and_nothing_of_a_bad_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "qcvn12-2026.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    (tmp_path / "fine.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(InputError, match="a shipped baseline is called qcvn12-2026"):
        requirements.use(tmp_path)
    assert "fine" not in requirements.names()


def test_what_is_said_of_a_table_is_read_strictly(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    said = tmp_path / "own.yaml"
    said.write_text("title: {vi: Quy chế, en: Rules}\nin_force: 2026-10-01\n", encoding="utf-8")
    requirements.use(tmp_path)
    assert (about("own").title["en"], about("own").in_force) == ("Rules", "2026-10-01")
    for text, expected in (
        ("titel: x\n", "title"),
        ("title: [\n", r"own\.yaml:2:1"),
        ("- a", r"own\.yaml: "),
    ):
        said.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=expected):
            about("own")
