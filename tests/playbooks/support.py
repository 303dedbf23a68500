"""What a host keeps of a small /etc, and the program that is sent to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import playbooks
from playbooks.undo.entry import look
from playbooks.undo.places import Places, whole
from playbooks.undo.record import Record, begin

PROGRAM = Path(playbooks.__file__).parent / "undo"


def kept(base: Path, tree: Path, run: str = "r1") -> Record:
    return begin(base, run, ["sshd"], Places((str(tree),), (), homes=False), PROGRAM)


def state(tree: Path) -> dict[str, object]:
    places = Places((str(tree),), (), homes=False)
    return {path: look(path, content=True) for path in whole(places)}


def said(base: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(PROGRAM), "--base", str(base), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
