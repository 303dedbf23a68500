"""Programs of the host: run one, and take down why it failed."""

from __future__ import annotations

import os
import subprocess

SECONDS = 900
"""For one run of apt; everything else answers at once."""


def said(line: list[str], seconds: int = 60) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing to read; one that is not there ends with 127."""
    try:
        return subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=seconds, check=False,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
    except FileNotFoundError:
        return subprocess.CompletedProcess(line, 127, "", f"{line[0]} is not here")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(line, 124, "", f"{line[0]} took over {seconds} s")


def tried(line: list[str], what: str, problems: list[str]) -> bool:
    """True if it failed, and then `problems` has the reason."""
    done = said(line, SECONDS)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        problems.append(f"{what}: {lines[-1] if lines else done.returncode}")
    return done.returncode != 0
