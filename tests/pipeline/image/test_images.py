"""When images have to be built anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from govctl.pipeline.image import images

BASELINES = ("tcvn14423-2026", "cis-debian12:l1-server")


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copies of the rooms that judge images."""
    for package in ("playbooks", "policies", "scanners"):
        place = Path(str(files(package)))
        shutil.copytree(place, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(images, "files", lambda package: tmp_path / package)
    images._judged_by.cache_clear()
    yield tmp_path
    images._judged_by.cache_clear()


def _changes_key(room: Path, path: str) -> bool:
    before = images._judged_by(3, BASELINES)
    with (room / path).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    images._judged_by.cache_clear()
    return images._judged_by(3, BASELINES) != before


def test_a_value_that_the_estate_sets_asks_for_new_images() -> None:
    without = images._judged_by(3, BASELINES)
    assert images._judged_by(3, BASELINES, (("ssh_max_auth_tries", "3"),)) != without


@pytest.mark.parametrize(
    "path",
    [
        "policies/checks/sshd.yaml",
        "policies/families/sshd.py",
        "policies/judge.py",
        "policies/baselines/tcvn14423-2026.csv",
        "policies/profiles/cis-debian12/_level-1.yaml",
        "scanners/host/facts/sshd.py",
        "scanners/host/formats/sshd_config.py",
        "scanners/host/tree.py",
        "playbooks/harden.yml",
    ],
)
def test_what_decides_an_image_asks_for_a_new_one(rooms: Path, path: str) -> None:
    assert _changes_key(rooms, path)


@pytest.mark.parametrize(
    "path",
    [
        "policies/pack/rules.py",
        "policies/baselines/attested.csv",
        "policies/profiles/anssi-bp28/high.yaml",
        "scanners/network.py",
        "scanners/host/visit.py",
    ],
)
def test_what_does_not_touch_images_leaves_them(rooms: Path, path: str) -> None:
    assert not _changes_key(rooms, path)
