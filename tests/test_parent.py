from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

CHILD = """
import time
from govctl.parent import leave_with_parent
leave_with_parent()
print("watching", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
"""


def test_a_program_of_a_dead_engine_ends() -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True, check=True
    )
    child = Path("/proc") / parent.stdout.strip()
    deadline = time.monotonic() + 60
    while child.exists() and "Z" not in (child / "stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the child still runs"
        time.sleep(0.2)
