"""Hardening in waves: what the canary breaks stops the run, and the next run finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.live import estates
from tests.live.estates import LONGEST, LiveEstate

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

STANDING = "GOVCTL_TEST_WAVES"
"""The folder of the estate `t-waves` that stands already and stays: for work on these tests."""
PAGE = "/srv/portal/index.html"
WRONG = f"""\
- id: site-page
  family: files.permissions
  args: {{paths: [{PAGE}], mode: "0600"}}
  severity: high
  text: {{en: Only root reads the start page, vi: Chỉ root đọc được trang chủ}}
  answers: []
  fix: permissions
"""
"""A row that a site wrote wrongly: the web server has to read its page."""
CHECKS = ("--checks", "permissions-shadow")
PORTAL, TIME = "portal-web-1", "infrastructure-time-1"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEstate]:
    """A hub with its infrastructure and a portal, and one commune without a bridge point."""
    if STANDING in os.environ:
        yield LiveEstate(Path(os.environ[STANDING]), "t-waves")
        return
    estate = write(tmp_path_factory.mktemp("waves") / "estate")
    try:
        estate.govctl("up", "--yes")
        yield estate
    finally:
        estate.remove()


def write(folder: Path) -> LiveEstate:
    estate = estates.write(folder, "t-waves", 81, 1)
    file = estate.folder / "estate.yaml"
    before, _, after = file.read_text().partition("\n  - id: conference\n")
    portal = after[after.index("  - id: portal\n") :]
    file.write_text(f"{before}\n{portal}")
    estate.edit("zones: [internal, conference]", "zones: [internal]")
    estate.edit("    bridge points:\n      - {room: hall, kind: baresip}\n", "")
    return estate


@pytest.fixture
def router(small: LiveEstate) -> str:
    return next(m.id for m in small.described.machines if m.kind == "site-router")


def weaken(estate: LiveEstate, machines: Sequence[str]) -> None:
    for machine in machines:
        estate.inside(machine, "chmod 0666 /etc/shadow")


def mode(estate: LiveEstate, machine: str, path: str = "/etc/shadow") -> str:
    return estate.inside(machine, f"stat -c %a {path}").strip()


def test_a_portal_that_the_canary_wave_breaks_stops_the_run(small: LiveEstate, router: str) -> None:
    weaken(small, [PORTAL, TIME, router])
    own = small.folder / "own"
    own.mkdir(exist_ok=True)
    (own / "wrong.yaml").write_text(WRONG)
    words = ("--checks-from", str(own), "--checks", "site-page,permissions-shadow")
    try:
        stopped = small.govctl("harden", *words, "--waves", "1,100%", "--format", "json", expect=4)
        assert [wave["machines"] for wave in stopped.json["waves"]] == [[PORTAL]]
        assert [line.split(":")[0] for line in stopped.json["waves"][0]["broken"]] == [PORTAL]
        assert sorted(stopped.json["left"]) == sorted([TIME, router])
        assert PORTAL in stopped.json["stopped"]
        assert set(stopped.json["hardened"]) == {PORTAL}
        assert f"Wave 1 of 2: {PORTAL}" in stopped.err and "Wave 2" not in stopped.err
        assert [mode(small, machine) for machine in (PORTAL, TIME, router)] == ["640", "666", "666"]
    finally:
        small.inside(PORTAL, f"chmod 0644 {PAGE}")


def test_the_next_run_finishes_even_if_it_is_stopped_again(small: LiveEstate, router: str) -> None:
    weaken(small, [TIME, router])
    process = small.start("harden", *CHECKS, "--waves", "1,100%")
    told = until(process, "Wave 2 of 2")
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=LONGEST)
    assert process.returncode == 4, told + rest
    assert f"Wave 1 of 2: {router}" in told  # others of its role stand beside it
    assert "wave 2 of 2 is incomplete: machines: 1 done, 0 failed, 1 perhaps in part" in rest
    assert mode(small, router) == "640"

    finished = small.govctl("harden", *CHECKS, "--waves", "1,100%")
    assert f"left 1 unfinished (it was interrupted): {TIME}" in finished.err
    assert [mode(small, machine) for machine in (TIME, router)] == ["640", "640"]
    assert not list(small.state.glob("unfinished-*"))


def until(process: subprocess.Popen[str], words: str) -> str:
    """What a command tells until it says these words."""
    told = ""
    assert process.stderr is not None
    for line in process.stderr:
        told += line
        if words in line:
            return told
    raise AssertionError(f"{words!r} was never said:\n{told}")
