from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.provider import sweep
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import Target
from tests.live.provider import tiny_image
from tests.live.provider.case import Case
from tests.live.provider.tiny_image import TinyImage


@pytest.fixture(scope="session")
def image_files(tmp_path_factory: pytest.TempPathFactory) -> TinyImage:
    return tiny_image.build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def target() -> Target:
    return Lxd()


@pytest.fixture
def case(tmp_path: Path, image_files: TinyImage, target: Target) -> Iterator[Case]:
    made = Case(tmp_path, image_files, target)
    yield made
    left = target.instance(made.machine)  # also the one that a test took the marks from
    if left is not None:
        target.stop(left.name, 0)
        target.delete_instance(left.name)
    sweep.delete(target, made.estate, sweep.marked(target, made.estate))
    gc.collect()  # what a failed engine leaves behind in this process complains here, not later
