"""The province of `support.py`, loaded once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from govctl.pipeline.forms import form_material
from govctl.pipeline.job import Job, open_job
from govctl.reports.forms.material import FormMaterial
from tests.reports.forms.support import run_of, written


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Every paper is there."""
    return open_job(written(tmp_path_factory.mktemp("forms") / "estate"))


@pytest.fixture(scope="session")
def material(job: Job) -> FormMaterial:
    """Every paper is there, and every check passes."""
    return form_material(job, run_of(job, lambda _target, _check: "pass"))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> FormMaterial:
    """No papers and no run."""
    job = open_job(written(tmp_path_factory.mktemp("bare") / "estate", papers=False))
    return replace(form_material(job, None), run=None)
