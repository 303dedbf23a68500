"""What `up` cannot or must not do: one clear message, the documented exit code, nothing changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.provider import sweep
from tests.live import estates
from tests.live.estates import Done, LiveEstate

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


@pytest.fixture
def unmade(tmp_path: Path) -> Iterator[LiveEstate]:
    """An estate that is described and of which nothing may come to stand."""
    estate = estates.write(tmp_path / "estate", "t-unmade", 96, 1)
    yield estate
    left = estate.marked
    sweep.delete(estate.target, estate.name, left)
    assert left == ()


def says_once(done: Done, *words: str) -> None:
    """One message that has all these words, and no other."""
    messages = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert len(messages) == 1, done
    for word in words:
        assert word in done.err, done


def test_no_lxd_is_said_with_the_way_to_get_it(unmade: LiveEstate) -> None:
    absent = unmade.govctl("up", "--yes", expect=3, LXD_SOCKET="/nonexistent/unix.socket")
    says_once(absent, "/nonexistent/unix.socket", "govctl doctor --fix")
    unmade.edit("{kind: lxd}", "{kind: lxd, url: 'unix:///nonexistent/other.socket'}")
    for command in ("up", "status", "drift", "destroy"):
        words = ["--yes"] if command in ("up", "destroy") else []
        absent = unmade.govctl(command, *words, expect=3)
        says_once(absent, "/nonexistent/other.socket", "govctl doctor --fix")


def test_an_estate_edited_after_its_plan_is_not_made(unmade: LiveEstate, tmp_path: Path) -> None:
    plan = tmp_path / "estate.plan"
    unmade.govctl("plan", "--save", str(plan))
    unmade.edit("rate: 200 Mbit/s", "rate: 100 Mbit/s")
    stale = unmade.govctl("up", "--yes", "--plan", str(plan), expect=2)
    says_once(stale, "was edited after", str(plan))
    plan.write_text("{}")
    says_once(unmade.govctl("up", "--yes", "--plan", str(plan), expect=2), "is no plan of govctl")


def test_the_plan_policies_refuse_a_hub_without_its_database_zone(unmade: LiveEstate) -> None:
    unmade.edit("app, db, admin", "app, admin")
    refused = unmade.govctl("up", "--yes", expect=1)
    says_once(refused, "nothing was changed", "db")
    assert "db" in unmade.govctl("plan", expect=1).out


def test_nobody_is_asked_where_nobody_can_answer(unmade: LiveEstate) -> None:
    says_once(unmade.govctl("up", expect=2), "--yes")


@pytest.mark.parametrize("kilobytes", [16, 512])
def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    unmade: LiveEstate, kilobytes: int
) -> None:
    unmade.state.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "tmpfs", unmade.state],
        check=True, timeout=20,
    )  # fmt: skip
    try:
        full = unmade.govctl("up", "--yes", expect=3)
        says_once(full, "the disk is full")
        assert [path for path in unmade.state.rglob("*") if is_half(path)] == []
    finally:
        subprocess.run(["umount", unmade.state], check=True, timeout=20)
    unmade.govctl("plan")


def is_half(path: Path) -> bool:
    """A file of govctl's own that somebody would later take for whole."""
    ours = {"passphrase", "known_hosts", "seed", "id_ed25519", "id_ed25519.pub"}
    return path.name in ours and path.stat().st_size == 0
