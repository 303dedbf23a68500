"""What the reports of a run that an estate keeps are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.job import Job
from govctl.pipeline.material import SHOWN, TRACED, material
from govctl.pipeline.unkept import files_of
from govctl.pipeline.verify import kept_facts
from govctl.reports.context import Context
from govctl.texts import current_language
from policies.catalogue import checks
from policies.profiles import split


def context_of_job(job: Job, run: Run, exit_code: int) -> Context:
    """For a run that an estate keeps.

    The revision that a pipeline stands on today is not said: it may not be that of the run.
    """
    store = Store(job.workspace.runs, job.workspace.store)
    return Context(
        language=current_language(),
        checks={check.id: check for check in checks()},
        exit_code=exit_code,
        estate=job.estate,
        baselines=split(tuple(run.versions.baselines))[0],
        files=files_of,
        material=lambda: material(job, run, kept_facts(store, run, TRACED), _documents(store, run)),
    )


def _documents(store: Store, run: Run) -> Mapping[str, Any]:
    return {name: store.document(run.id, name) for name in SHOWN}
