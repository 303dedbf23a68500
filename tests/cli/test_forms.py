"""The law's forms by `govctl report`: a file, what it lacks, and exit codes to trust."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.cli.conftest import Govctl
from tests.reports.forms.support import kept, replaced, written


@pytest.fixture(scope="module")
def _province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("cli-forms") / "estate")


@pytest.fixture
def province(_province: Path) -> Path:
    """Every paper is there, and a run in which every check passes."""
    if not (_province / ".govctl" / "runs").exists():
        kept(_province, lambda _target, _check: "pass")
    return _province


def test_form_08_of_papers_in_order(govctl: Govctl, province: Path, tmp_path: Path) -> None:
    file = tmp_path / "mau08.xlsx"
    said = govctl("report", "--format", "mau-08", province, "-o", file, "--year", "2026")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == str(file)
    assert "contradiction" not in said.out
    assert "wait for a person's attestation" in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(io.BytesIO(file.read_bytes()))
    assert book.sheetnames[0] == "Mẫu 08"


def test_a_contradiction_is_told_and_is_exit_code_1(
    govctl: Govctl, estate: Path, tmp_path: Path
) -> None:
    replaced(estate, "    catalogue: portal\n",
             "    catalogue: portal\n    dossier: {status: approved}\n")  # fmt: skip
    said = govctl("report", "--format", "mau-08", estate, "-o", tmp_path / "m.xlsx")
    assert said.code == 1
    assert "contradiction: what is approved has a level decision: portal" in said.out
    assert "no data: dossier.status of conference, infrastructure" in said.out
    assert "note: there is no run yet" in said.err
    assert (tmp_path / "m.xlsx").exists()
    assert max(map(len, said.out.splitlines()[1:])) <= 80


def test_the_dossier_of_a_system(govctl: Govctl, province: Path, tmp_path: Path) -> None:
    file = tmp_path / "dossier.docx"
    said = govctl("report", "--format", "dossier", province, "--system", "portal", "-o", file)
    assert (said.code, said.err) == (0, "")
    tables = docx.Document(io.BytesIO(file.read_bytes())).tables
    services = next(table for table in tables if table.rows[0].cells[0].text.startswith("Ứng dụng"))
    assert services.rows[1].cells[3].text == "Debian GNU/Linux 12 (bookworm)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dossier", "--system", "portl"), 'no system "portl" in the estate'),
        (("mau-08", "--owner", "so-khcn"), "Sở Khoa học và Công nghệ owns no system"),
        (("mau-08", "--owner", "nobody"), 'no unit "nobody" in the estate'),
        (("mau-08", "--run", "20200101T000000.000Z-aaaaaa"), "there is no run"),
        (("mau-08", "--year", "1999"), "1999"),
    ],
)
def test_wrong_words_are_exit_code_2(
    govctl: Govctl, province: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "x"
    found = govctl("report", "--format", words[0], province, *words[1:], "-o", file)
    assert found.code == 2
    assert said in found.err
    assert not file.exists()


def test_several_owners_are_asked_for(govctl: Govctl, estate: Path, tmp_path: Path) -> None:
    text = (estate / "estate.yaml").read_text(encoding="utf-8")
    head, mark, tail = text.partition("  - id: portal\n")
    (estate / "estate.yaml").write_text(
        head + mark + tail.replace('owner: "25"', "owner: so-khcn", 1), encoding="utf-8"
    )
    said = govctl("report", "--format", "mau-08", estate, "-o", tmp_path / "m.xlsx")
    assert said.code == 2
    assert "--owner" in said.err
    assert (
        govctl(
            "report", "--format", "mau-08", estate, "-o", tmp_path / "m.xlsx", "--owner", "25"
        ).code
        == 1
    )


@pytest.mark.parametrize("place", [".", "no/such/folder/m.xlsx"])
def test_a_place_that_cannot_be_written_is_told(
    govctl: Govctl, province: Path, tmp_path: Path, place: str
) -> None:
    said = govctl("report", "--format", "mau-08", province, "-o", tmp_path / place)
    assert said.code == 2
    assert said.out == ""
