"""A site's own checks, of every kind: rows, families and facts, and tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from govctl.pipeline import site_tests
from policies import catalogue, requirements, site

FOLDER = "checks"
"""In an estate's folder."""
TABLES = "baselines"
"""The same, for an organisation's own baselines."""


def use_checks_from(folders: Iterable[Path]) -> None:
    """Let the checks of these folders count for the rest of this run.

    UsageError for what is no folder, InputError for what is wrong in its files,
    MissingPrerequisite for tests without testinfra.
    """
    for folder in folders:
        if site.is_used(folder):
            continue
        site.use(folder)
        catalogue.add(site_tests.found_in(folder))


def use_checks_of(estate: Path) -> None:
    """The same for the folder `checks` of an estate (or of its file's folder), if it has one; and
    for its tables of requirements, `baselines/*.csv`."""
    folder = estate if estate.is_dir() else estate.parent
    if (folder / TABLES).is_dir():
        requirements.use(folder / TABLES)
    if (folder / FOLDER).is_dir():
        use_checks_from([folder / FOLDER])
