"""What stands: words for people in their language, the same keys for programs in every one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govctl.cli.arguments import Format
from govctl.cli.standing_text import show_drift, show_status
from govctl.pipeline.job import Job, open_job
from govctl.pipeline.provision import Drift
from govctl.reports.standing import Standing
from govctl.texts import Language, msg, use_language

ROWS = (
    Standing("machine", "edge", "missing", msg("it is not there")),
    Standing("network", "wan", "stands", msg("it is there")),
)


@pytest.fixture
def job(made: Path, tmp_path: Path) -> Job:
    folder = tmp_path / "Phú Thọ (nháp)"
    folder.symlink_to(made)
    return open_job(folder)


@pytest.mark.parametrize(("language", "word"), [("en", "machine"), ("vi", "máy")])
def test_people_read_their_language_and_programs_one(
    job: Job, capsys: pytest.CaptureFixture[str], language: Language, word: str
) -> None:
    use_language(language)
    assert show_status(job, ROWS, Format.TEXT, None) == 1
    assert f" {word} " in capsys.readouterr().out
    show_status(job, ROWS, Format.JSON, None)
    kinds = [row["kind"] for row in json.loads(capsys.readouterr().out)["objects"]]
    assert kinds == ["machine", "network"]


def test_the_next_command_can_be_pasted(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    show_status(job, ROWS, Format.TEXT, None)
    show_drift(job, Drift((), ()), Format.TEXT, None)
    said = capsys.readouterr().out
    assert f"next: govctl up '{job.workspace.estate}'\n" in said
    assert f"nothing is made yet: govctl up '{job.workspace.estate}'\n" in said
