"""Images that come and go while they are listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from govctl.pipeline.events import Stage, Step
from govctl.pipeline.image.image_list import listed
from govctl.pipeline.image.images import image_cache
from tests.stacks.kept import PACKAGES, keep_image
from tests.stacks.test_updates import mirror


@pytest.mark.parametrize("when", ["started", "done"])
def test_an_image_that_a_build_removes_meanwhile_is_not_listed(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = image_cache().folder
    source = mirror(tmp_path / "same", **PACKAGES)
    for role, key in (("network-router", "a" * 64), ("portal-web", "b" * 64)):
        keep_image(folder, role, key, source=source)

    def removing(event: Stage | Step) -> None:
        if isinstance(event, Step) and (event.name, event.state) == ("network-router", when):
            shutil.rmtree(next(folder.glob("network-router-*")))

    found = listed(None, removing, updates=True)
    assert [row.kept.manifest.role for row in found.rows] == ["portal-web"]
