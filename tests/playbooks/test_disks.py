"""Which file systems a walk goes through, and what it sees there."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbooks.hosts import strewn
from playbooks.hosts.disks import mounted
from tests.mounts import layered


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("1 0 8:1 / / rw - ext4 /dev/a rw", False),
        ("1 0 8:2 / /home rw,relatime shared:1 master:2 - xfs /dev/b rw", True),
        ("1 0 8:2 / /home rw,nosuid - xfs /dev/b rw", False),
        ("1 0 8:2 / /home rw,noexec - xfs /dev/b rw", False),
        ("1 0 8:2 / /with\\040blank rw - xfs /dev/b rw", False),
        ("1 0 0:5 / /net rw - nfs4 host:/x rw", False),
        ("1 0 0:9 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw", False),
        ("1 0 8:3 / /devices rw - ext4 /dev/c rw", True),
    ],
)
def test_which_mounts_are_looked_at(line: str, found: bool) -> None:
    assert mounted([line], ("nosuid", "noexec")) == ([line.split()[4]] if found else [])


def test_options_of_a_mount_count_only_where_they_are_asked() -> None:
    assert mounted(["1 0 8:2 / /home rw,nosuid - xfs /dev/b rw"]) == ["/home"]


def test_of_each_file_system_one_mount_is_looked_at_and_of_btrfs_each_subvolume() -> None:
    lines = ["1 0 8:1 / / rw - ext4 x rw", "1 0 8:1 /x /bound rw - ext4 x rw",
             "1 0 8:2 / /a rw - ext4 x rw", "1 0 8:2 / /b rw - ext4 x rw",
             "1 0 8:3 /1 /c rw - btrfs x rw", "1 0 8:3 /2 /d rw - btrfs x rw"]  # fmt: skip
    assert mounted(lines) == ["/a", "/c", "/d"]


@pytest.mark.live
def test_files_of_a_lower_layer_are_seen_though_their_device_is_another(
    memory: Path, tmp_path: Path
) -> None:
    (tmp_path / "lower").mkdir()
    (tmp_path / "lower" / "file").touch()
    tree = layered(memory / "tree", tmp_path / "lower")
    assert (tree / "file").stat().st_dev != tree.stat().st_dev, "or nothing is shown"
    assert [entry.path for entry in strewn.walked(str(tree))] == [str(tree), f"{tree}/file"]
