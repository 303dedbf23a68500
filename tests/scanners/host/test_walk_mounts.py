"""Walks over what is mounted: other disks where they belong, layers over layers, subvolumes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scanners.host.facts.walk import _WALK, WALK, Walk
from scanners.host.model import Output, Raw
from scanners.host.tree_walk import walk
from tests.mounts import layered, mount


def program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o4755)


def of_tree(tree: Path) -> Walk:
    fact = WALK.parse(Raw({}, {"walk": walk(tree, Raw({}, {}, False))}, False))
    assert isinstance(fact, Walk)
    return fact


@pytest.mark.live
def test_a_tree_is_walked_on_all_its_disks_and_not_in_memory(memory: Path, tmp_path: Path) -> None:
    tree, disk = memory / "tree", tmp_path / "disk"
    program(tree / "usr/bin/its-own")
    program(disk / "of-another-disk")
    layered(memory / "a disk", disk)
    mount(tree / "srv/with a blank", "--bind", memory / "a disk")
    program(mount(tree / "scratch", "-t", "tmpfs", "govctl-test") / "of-memory")
    fact = of_tree(tree)
    assert set(fact.setuid) == {"/usr/bin/its-own", "/srv/with a blank/of-another-disk"}
    assert fact.away == {"/scratch"}
    assert fact.complete


@pytest.mark.live
def test_a_tree_behind_a_link_on_another_disk_is_walked(memory: Path, tmp_path: Path) -> None:
    program(memory / "tree/usr/bin/its-own")
    link = tmp_path / "link"
    link.symlink_to(memory / "tree")
    fact = of_tree(link)
    assert fact.setuid == ("/usr/bin/its-own",)
    assert fact.complete


@pytest.mark.live
def test_files_of_a_lower_layer_are_walked_though_their_device_is_another(
    memory: Path, tmp_path: Path
) -> None:
    lower = tmp_path / "lower"
    program(lower / "usr/bin/below")
    tree = layered(memory / "tree", lower)
    program(tree / "usr/bin/above")
    assert (tree / "usr/bin/below").stat().st_dev != tree.stat().st_dev, "or nothing is shown"
    assert set(of_tree(tree).setuid) == {"/usr/bin/below", "/usr/bin/above"}


def inside(what: str, tree: Path) -> None:
    line = ["btrfs", "subvolume", what, str(tree / "nested")]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, timeout=60)


@pytest.fixture
def subvolume(memory: Path) -> Path:
    """A tree on btrfs, in which a subvolume lies that is mounted nowhere."""
    file = memory / "btrfs"
    with file.open("wb") as image:
        image.truncate(128 << 20)
    subprocess.run(["mkfs.btrfs", "-q", file], check=True, timeout=60)
    tree = mount(memory / "tree", "-o", "loop", file)
    inside("create", tree)
    program(tree / "usr/bin/known")
    program(tree / "nested/unknown")
    return tree


@pytest.mark.live
def test_a_subvolume_that_is_not_walked_leaves_the_walk_incomplete(subvolume: Path) -> None:
    script = _WALK.replace("find / $starts", f"find {subvolume}")
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False, timeout=60)
    said = Output("walk", done.stdout.replace(os.fsencode(subvolume), b""), done.stderr, 0, 0.0)
    live = WALK.parse(Raw({}, {"walk": said}, True))
    for fact in (of_tree(subvolume), live):
        assert isinstance(fact, Walk)
        assert fact.setuid == ("/usr/bin/known",)
        assert not fact.complete
    inside("delete", subvolume)
    assert of_tree(subvolume).complete
