"""The states that machines are brought into, and who wrote what hardens them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.benchmarks.accuracy.machines import Machine

FOLDER = Path(__file__).parent / "states"
_PLACE = "/run/accuracy"
_ROLE = "cis-image==0.16.25"
"""On PyPI, MIT: CIS roles for Ubuntu by others, of which the engine runs on Debian as well."""
_PARTS = "cis_image/roles/cis_ubuntu2204/files"


@dataclass(frozen=True)
class State:
    """A state: which tree it starts from, and what it is like."""

    name: str
    about: str
    tree: Literal["server", "crowded"] = "server"


STATES = (
    State("plain", "Debian 12 with the usual packages of a server, as installed"),
    State("textbook", "hardened line by line as the benchmark writes it"),
    State("odd", "hardened as well, but in other words: drop-ins, case, blanks, stricter values"),
    State("hidden", "looks hardened; later files, `Match`, jumps, masks and comments undo it"),
    State("careless", "plainly weak, written out"),
    State("edges", "at and just over the bounds, zeros that switch off, links, masked units"),
    State("crowd", "31 services that nobody asked for: on, off, masked; a typing error for sshd",
          "crowded"),
    State("foreign", f"hardened at level 2 by a role that we did not write ({_ROLE})"),
)  # fmt: skip


def bring(machine: Machine, state: State, folder: Path) -> None:
    """Bring a fresh machine into a state; `folder` may be written to."""
    for script in sorted(FOLDER.glob("*.sh")):
        machine.push(script, f"{_PLACE}/{script.name}")
    machine.run(f". {_PLACE}/common.sh")
    if state.name == "foreign":
        _harden_by_others(machine, folder)
    elif (FOLDER / f"{state.name}.sh").exists():
        machine.run(f". {_PLACE}/{state.name}.sh")


def _harden_by_others(machine: Machine, folder: Path) -> None:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    subprocess.run([*download, str(folder), _ROLE], check=True, timeout=300)
    with zipfile.ZipFile(next(folder.glob("cis_image-*.whl"))) as wheel:
        for name in ("cis_engine.py", "rules.json"):
            file = folder / name
            file.write_bytes(wheel.read(f"{_PARTS}/{name}"))
            machine.push(file, f"{_PLACE}/{name}")
    machine.run(
        f"cd {_PLACE} && python3 cis_engine.py --catalog rules.json --mode apply --profile L2 "
        "--platform server --allow-disruptive --backup-dir /var/backups/cis --out result.json"
    )
