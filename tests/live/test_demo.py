"""The demo is what a newcomer runs first, so it is run as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.live import estates

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]


def test_the_demo_builds_disturbs_and_repairs_a_province(tmp_path: Path) -> None:
    estate = estates.write(tmp_path / "estate", "t-demo", 95, 3)
    try:
        done = subprocess.run(
            ["script/demo", str(estate.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=1400,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        assert "A drill" in done.stderr
        assert "permissions-shadow" in done.stdout
        reports = sorted((estate.folder / ".govctl" / "runs").glob("*/report.html"))
        assert reports[-1].stat().st_size > 100_000
    finally:
        estate.remove()
