"""What hardening leaves behind; what it does is seen on real machines in tests/live."""

from __future__ import annotations

from pathlib import Path

from govctl.pipeline.hardening import harden


def test_what_a_killed_run_left_is_gone_even_if_nothing_is_to_be_hardened(tmp_path: Path) -> None:
    left = tmp_path / "ansible-0gdl3aqo"
    (left / "env").mkdir(parents=True)
    (tmp_path / "known_hosts").touch()
    assert harden([], key=tmp_path / "key", known_hosts=tmp_path / "hosts", work=tmp_path) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["known_hosts"]
