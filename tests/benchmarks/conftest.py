from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.figures import DOCUMENT, Publisher

SEVERAL = 3
"""Hosts for a rival that takes half a minute for each."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("benchmarks")
    group.addoption(
        "--machines", type=int, action="append", metavar="N", help="with N machines; repeatable"
    )
    group.addoption("--trees", type=int, default=100, help="with so many trees of files")
    group.addoption("--weeks", type=int, default=52, help="weekly runs that are kept")
    group.addoption("--rounds", type=int, default=3, help="rounds of works that take minutes")
    group.addoption("--slow-rounds", type=int, default=1, help="rounds of a slow rival's hardening")
    group.addoption("--document", type=Path, default=DOCUMENT, help="where the figures go")


@pytest.fixture(scope="session")
def publish(pytestconfig: pytest.Config) -> Publisher:
    """Puts a section of figures into the document."""
    return Publisher(pytestconfig.getoption("--document"))


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--rounds"))


@pytest.fixture(scope="session")
def counts(pytestconfig: pytest.Config) -> tuple[int, ...]:
    """How many machines to provision."""
    return tuple(pytestconfig.getoption("--machines") or (8, 30, 100))


@pytest.fixture(scope="session")
def machines(pytestconfig: pytest.Config) -> int:
    """How many hosts testinfra is let loose on."""
    return min(SEVERAL, *(pytestconfig.getoption("--machines") or (SEVERAL,)))


@pytest.fixture(scope="session")
def trees(pytestconfig: pytest.Config) -> int:
    """How many trees of files to scan."""
    return int(pytestconfig.getoption("--trees"))


@pytest.fixture(scope="session")
def scans(pytestconfig: pytest.Config) -> tuple[int, ...]:
    """How many hosts to scan."""
    return tuple(pytestconfig.getoption("--machines") or (1, 10, 50, 300))


@pytest.fixture(scope="session")
def hardened(pytestconfig: pytest.Config) -> tuple[int, ...]:
    """How many machines to harden."""
    return tuple(pytestconfig.getoption("--machines") or (1, 10, 30))


@pytest.fixture(scope="session")
def hosts(pytestconfig: pytest.Config) -> int:
    """Of how many hosts evidence is kept."""
    return max(pytestconfig.getoption("--machines") or (300,))


@pytest.fixture(scope="session")
def weeks(pytestconfig: pytest.Config) -> int:
    """How many weekly runs are kept."""
    return int(pytestconfig.getoption("--weeks"))
