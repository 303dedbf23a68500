"""Whole commands, from their start to their end, and what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GOVCTL = (sys.executable, "-m", "govctl")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Spent:
    """What one command took, with every process that it started and waited for."""

    seconds: float
    cpu: float
    """Seconds of processor time, of the user and of the kernel."""
    memory: int
    """Bytes of the largest process at its peak."""


def spend(words: Sequence[str | Path], statuses: Sequence[int] = (0, 1)) -> Spent:
    """Run a command; RuntimeError with its complaints if it ends otherwise."""
    started = time.perf_counter()
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in statuses:
        raise RuntimeError(f"{words[:6]}: {said.decode(errors='replace')[-2000:]}")
    return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
