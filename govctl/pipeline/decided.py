"""What persons decided for an estate: the waivers and attestations in its folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.estate.model import Estate

if TYPE_CHECKING:
    from govctl.decisions.model import Decisions
    from govctl.pipeline.job import Job

FILES = ("waivers.yaml", "attestations.yaml")


def decided(job: Job, now: datetime) -> Decisions:
    """The decisions of a job's estate; InputError with every problem of their files."""
    return of_folder(job.estate, job.workspace.estate, now)


def of_folder(estate: Estate, folder: Path, now: datetime) -> Decisions:
    """The same for an estate and its folder; the site's own checks are in use by then."""
    from govctl.decisions.loader import load  # noqa: PLC0415 - few commands ask for decisions
    from policies.catalogue import checks  # noqa: PLC0415

    return load(estate, folder, checks(), now)


def check_decisions(estate: Estate, path: Path) -> None:
    """InputError if the folder of an estate, or of its file, has decisions that do not fit it."""
    folder = path if path.is_dir() else path.parent
    if any((folder / name).exists() for name in FILES):
        from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415

        use_checks_of(folder)
        of_folder(estate, folder, datetime.now(UTC))
