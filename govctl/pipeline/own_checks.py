"""A site's own checks, of every kind: rows, families and facts, and tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from govctl.pipeline import site_tests
from policies import catalogue, site

FOLDER = "checks"
"""In an estate's folder."""


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
    """The same for the folder `checks` of an estate (or of its file's folder), if it has one."""
    own = (estate if estate.is_dir() else estate.parent) / FOLDER
    if own.is_dir():
        use_checks_from([own])
