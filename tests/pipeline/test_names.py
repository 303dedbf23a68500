from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import UsageError
from govctl.estate import load
from govctl.estate.init import create
from govctl.pipeline.job import Job
from govctl.pipeline.names import require_own
from govctl.pipeline.workspace import Workspace
from stacks.provider.sweep import Marked

STANDS = (Marked("instance", "phu-tho-edge", "urn:pulumi:core::p::govctl:lxd:Instance::edge"),)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    folder = tmp_path / "estate"
    create(folder, "Phú Thọ", communes=1)
    return Job(load(folder), Workspace(folder))


def test_another_folders_estate_of_the_same_id_is_left_alone(job: Job) -> None:
    with pytest.raises(UsageError, match="1 object of another estate with the id phu-tho"):
        require_own(job, has_state=False, found=STANDS)
    with pytest.raises(UsageError):
        require_own(job, has_state=False, found=STANDS)


def test_a_folder_that_found_the_place_empty_owns_what_a_killed_run_left(job: Job) -> None:
    require_own(job, has_state=False, found=())
    require_own(job, has_state=False, found=STANDS)


def test_a_folder_owns_what_its_state_holds(job: Job) -> None:
    require_own(job, has_state=True, found=STANDS)
