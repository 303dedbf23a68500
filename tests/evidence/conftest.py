from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.evidence import Run, Store
from tests.evidence.postgres import Server, programs
from tests.reports import examples


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL of its own: a temporary folder, a port nobody has, an unprivileged user."""
    if programs() is None:
        why = "PostgreSQL is not installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    with Server() as server:
        yield server


@pytest.fixture
def run() -> Run:
    return examples.run(examples.estate(), examples.checks())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".govctl" / "runs")


def chain(folder: Path, runs: int = 2, estate: str = "phu-tho") -> Store:
    """A store with so many runs of an estate."""
    kept = Store(folder / ".govctl" / "runs")
    run = replace(examples.run(examples.estate(), examples.checks()), estate=estate)
    for number in range(1, runs + 1):
        kept.write(named(run, number), {"edge": f"run {number} of {estate}\n".encode() * 1500})
    return kept


def named(run: Run, number: int) -> Run:
    return replace(run, id=f"202611{20 + number}T000000.000Z-00000{number % 10}")
