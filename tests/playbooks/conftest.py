"""A small /etc, and a place to keep it in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small /etc."""
    tree = tmp_path / "etc"
    (tree / "ssh" / "sshd_config.d").mkdir(parents=True)
    (tree / "ssh" / "sshd_config").write_text("PermitRootLogin yes\n")
    (tree / "shadow").write_text("root:*:1::::::\n")
    (tree / "shadow").chmod(0o640)
    (tree / "localtime").symlink_to("/usr/share/zoneinfo/UTC")
    (tree / "cron.deny").touch()
    (tree / "issue").write_bytes(b"\xff\xfe not text")
    (tree / "name \udcff").write_text("a name that is no text")
    return tree


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "kept"
    base.mkdir()
    return base
