"""Paths and files inside a folder that stands for `/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanners.host.rooted import Rooted

NEVER: frozenset[tuple[int, int]] = frozenset()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("etc/a.d/1.conf", "etc/a.d/.2.conf", "etc/b.d/1.conf", "etc/b.d/x", "x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "etc/c.d").symlink_to("/etc/b.d")
    (tmp_path / "etc/up.d").symlink_to("../../../etc/../etc/a.d/")
    return tmp_path


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("/", ["/"]),
        ("/etc/a.d", ["/etc/a.d"]),
        ("/etc/*.d/*.conf", ["/etc/a.d/1.conf", "/etc/b.d/1.conf", "/etc/c.d/1.conf",
                             "/etc/up.d/1.conf"]),
        ("/etc/a.d/.*", ["/etc/a.d/.2.conf"]),
        ("/*/[ab].d/1.conf", ["/etc/a.d/1.conf", "/etc/b.d/1.conf"]),
        ("/etc/*/x", ["/etc/b.d/x", "/etc/c.d/x"]),
        ("/x/*", []),
        ("/none/*/x", []),
        ("//etc//b.d/x", ["/etc/b.d/x"]),
    ],
)  # fmt: skip
def test_a_glob_finds_what_the_shell_would(root: Path, glob: str, found: list[str]) -> None:
    assert Rooted(root).glob(glob) == found


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/etc/c.d/x", "/etc/b.d/x"),
        ("/etc/up.d/1.conf", "/etc/a.d/1.conf"),
        ("/../../etc/./b.d/../b.d/x", "/etc/b.d/x"),
        ("/etc/c.d/../x", "/etc/x"),
    ],
)
def test_links_and_dots_lead_where_they_do_in_a_chroot(root: Path, path: str, target: str) -> None:
    (root / "etc/x").write_text("etc/x")
    assert Rooted(root).read(path, 100, NEVER) == (root / target[1:]).read_bytes()


def test_a_file_may_be_as_long_as_the_limit_and_no_longer(root: Path) -> None:
    (root / "x").write_bytes(b"x" * 200_000)
    assert Rooted(root).read("/x", 200_000, NEVER) == b"x" * 200_000
    assert Rooted(root).read("/x", 199_999, NEVER) is None


def test_a_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    tree = Rooted(Path("/proc"))
    status = tree.status("/version")
    assert status is not None
    assert status.st_size == 0
    assert tree.read("/version", 1 << 16, NEVER) == Path("/proc/version").read_bytes()
