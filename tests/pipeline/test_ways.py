"""Routes of this machine that lead past the estate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govctl.estate.model import Estate
from govctl.pipeline.ways import detours
from stacks.provider.naming import bridge_name
from tests.stacks.province import province


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))
