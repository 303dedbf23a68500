from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import estates
from tests.live.estates import LiveEstate

STANDING = "GOVCTL_TEST_ESTATE"
"""The folder of an estate `t-live` that stands already and stays: for work on single tests."""


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEstate]:
    """A province of two communes, made by one `govctl up` and destroyed at the end."""
    if STANDING in os.environ:
        yield LiveEstate(Path(os.environ[STANDING]), "t-live")
        return
    estate = estates.write(tmp_path_factory.mktemp("province") / "estate", "t-live", 98, 2)
    try:
        estate.govctl("up", "--yes")
        yield estate
    finally:
        estate.remove()
