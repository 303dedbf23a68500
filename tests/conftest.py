"""Live tests run where machines can be made. Elsewhere they are skipped, and said to be.

With `CI` set, a live test that cannot run fails: nothing may look tested that was not.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from govctl.doctor import check

NEEDED = ("packages", "kernel.subids", "lxd.daemon", "lxd.pool", "pulumi")

# How long an example takes says only how busy the machine is.
settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("busy")

_UMASK = os.umask(0o022)
os.umask(_UMASK)


@cache
def what_is_missing() -> str | None:
    """Why no machine can be made here; None if one can."""
    if os.geteuid() != 0:
        return "live tests need root"
    lacking = [state for state in check() if state.id in NEEDED and not state.stands]
    return "; ".join(f"{state.id}: {state.found.render('en')}" for state in lacking) or None


def pytest_runtest_setup(item: pytest.Item) -> None:
    os.umask(_UMASK)  # programs that set it for themselves are called in this process too
    if item.get_closest_marker("live") is None:
        return
    missing = what_is_missing()
    if missing is None:
        return
    if os.environ.get("CI"):
        pytest.fail(f"a live test cannot run: {missing}", pytrace=False)
    pytest.skip(missing)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """An empty folder in memory, for trees of files; root alone can make one.

    A disk that lets go of ten thousand files for each test slows down all others (ext4 without a
    journal looks at each that went lately before it makes a new one).
    """
    folder = tmp_path / "memory"
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "mode=0755,size=4G", "govctl-test", str(folder)]
    subprocess.run(line, check=True, timeout=30)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=30)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", ()) if "live" in report.keywords
    ]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} LIVE TESTS WERE NOT RUN: {what_is_missing()}", red=True, bold=True
        )
