"""How long a command takes before it does anything, against Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.figures import Publisher, in_turns, machine_facts, seconds_of, table, verdict

GOVCTL = str(Path(sys.executable).with_name("govctl"))
ROUNDS = 21
GOAL = 0.150
PASS, LIBRARIES = "python -c pass", "python -c 'import pydantic, typer, yaml'"
ABOUT = """\
A whole process, from its start to its end, over that of `python -c pass`; at most 150 ms more.
The estate has a province and three communes. For comparison: what it takes only to import the
libraries that read the command line and check the description."""


def test_startup(tmp_path: Path, publish: Publisher) -> None:
    estate = tmp_path / "estate"
    words = ("init", str(estate), "--province", "Phú Thọ", "--communes", "3")
    subprocess.run([GOVCTL, *words], check=True, stdout=subprocess.DEVNULL, timeout=60)
    facts = machine_facts()
    times = in_turns(
        {
            PASS: _command(sys.executable, "-c", "pass"),
            LIBRARIES: _command(
                sys.executable, "-c", "import typer, yaml; from pydantic import BaseModel"
            ),
            "govctl --help": _command(GOVCTL, "--help"),
            "govctl validate": _command(GOVCTL, "validate", str(estate)),
        },
        ROUNDS,
    )
    base = times.pop(PASS)
    rows = [[f"`{PASS}`", base.text("ms"), "–", "–", "–"]]
    for name, taken in times.items():
        over = taken.median - base.median
        goal = verdict(over <= GOAL) if name.startswith("govctl") else "–"
        ratio = f"{taken.median / base.median:.1f}"
        rows.append([f"`{name}`", taken.text("ms"), f"+{over * 1000:.0f} ms", ratio, goal])
    header = ["Command", "Time", "Over `pass`", "Ratio", "At most +150 ms"]
    publish("Start-up", ABOUT, facts, table(header, rows))


def _command(*words: str) -> Callable[[], float]:
    def run() -> None:
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )

    return lambda: seconds_of(run)
