"""How long a command takes before it does anything, against Python that does nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from govctl.cli.remembering import BLUR_NS
from tests.benchmarks.figures import Publisher, in_turns, machine_facts, seconds_of, table, verdict

GOVCTL = str(Path(sys.executable).with_name("govctl"))
ROUNDS = 21
GOAL = 0.150
PASS, LIBRARIES = "python -c pass", "python -c 'import pydantic, typer, yaml'"
FIRST, UNCHANGED = "govctl validate, new or changed", "govctl validate, unchanged"
ABOUT = """\
A whole process, from its start to its end, over that of `python -c pass`; at most 150 ms more.
The estate has a province and three communes. `validate` stands here twice, which are two different
works: of an estate that is new or has changed everything is read and checked; one that was found
valid before is compared with what was read then, by content, and if nothing changed the same answer
is given. For comparison: what it takes only to import the libraries that read the command line and
check the description."""


def test_startup(tmp_path: Path, publish: Publisher) -> None:
    estate = tmp_path / "estate"
    caches = {FIRST: tmp_path / "first", UNCHANGED: tmp_path / "unchanged"}
    words = ("init", str(estate), "--province", "Phú Thọ", "--communes", "3")
    subprocess.run([GOVCTL, *words], check=True, stdout=subprocess.DEVNULL, timeout=60)
    validates = {
        name: _command(GOVCTL, "validate", str(estate), XDG_CACHE_HOME=str(cache))
        for name, cache in caches.items()
    }
    for _attempt in range(3):  # a checkout's first run writes bytecode, and is then too young
        time.sleep(BLUR_NS / 10**9)
        validates[UNCHANGED]()
    assert list(_memos(caches[UNCHANGED]).iterdir())

    def first() -> float:
        shutil.rmtree(_memos(caches[FIRST]), ignore_errors=True)
        return validates[FIRST]()

    facts = machine_facts()
    times = in_turns(
        {
            PASS: _command(sys.executable, "-c", "pass"),
            LIBRARIES: _command(
                sys.executable, "-c", "import typer, yaml; from pydantic import BaseModel"
            ),
            "govctl --help": _command(GOVCTL, "--help"),
            FIRST: first,
            UNCHANGED: validates[UNCHANGED],
        },
        ROUNDS,
    )
    base = times.pop(PASS)
    rows = [[f"`{PASS}`", base.text("ms"), "–", "–", "–"]]
    for name, taken in times.items():
        over = taken.median - base.median
        goal = verdict(over <= GOAL) if name.startswith("govctl") else "–"
        ratio = f"{taken.median / base.median:.1f}"
        command, comma, which = name.partition(", ") if name in caches else (name, "", "")
        label = f"`{command}`{comma}{which}"
        rows.append([label, taken.text("ms"), f"+{over * 1000:.0f} ms", ratio, goal])
    header = ["Command", "Time", "Over `pass`", "Ratio", "At most +150 ms"]
    publish("Start-up", ABOUT, facts, table(header, rows))


def _memos(cache: Path) -> Path:
    return cache / "govctl" / "validated"


def _command(*words: str, **environment: str) -> Callable[[], float]:
    settings: Mapping[str, str] = {**os.environ, **environment}

    def run() -> None:
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
            env=settings,
        )

    return lambda: seconds_of(run)
