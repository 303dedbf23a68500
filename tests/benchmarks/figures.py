"""Measuring side by side, and the document that keeps the figures."""

from __future__ import annotations

import math
import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `script/bench`; nothing here is entered by hand. A figure stands beside a rival's that
does the same work, both measured in turns (A, B, B, A …) in the same run on the same machine, each
when the processors are idle again: what a work leaves behind, such as deleted subvolumes, is not
paid for by the next. Figures are medians, with the least and the most in brackets. Wall-clock times
are only as good as the machine was idle: its load before each measurement is given.

To measure again: `script/bench`, or a part of it: `script/bench -k startup`.
"""


IDLE = 0.9
"""Of the processors' time."""
PATIENCE = 60.0
"""Seconds to wait for that."""


@dataclass(frozen=True)
class Times:
    """What the rounds of one work took, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def text(self, unit: str = "s") -> str:
        """`1.2 s (1.1–1.4)` or `120 ms (110–140)`."""
        scale, digits = (1000, 0) if unit == "ms" else (1, 1)
        middle, least, most = (
            f"{value * scale:.{digits}f}"
            for value in (self.median, min(self.seconds), max(self.seconds))
        )
        return f"{middle} {unit} ({least}–{most})"


def in_turns(
    works: Mapping[str, Callable[[], float]], rounds: int, slow: float = math.inf
) -> dict[str, Times]:
    """Every work once a round, each giving its own seconds; all of them by name.

    Every other round goes backwards, so that no work always follows the same other.
    What takes longer than `slow` seconds is measured once.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in list(works)[:: -1 if number % 2 else 1]:
            if number == 0 or taken[name][0] < slow:
                rest()
                taken[name].append(works[name]())
                print(f"{name}: {taken[name][-1]:.2f} s", flush=True)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def rest() -> None:
    """Wait until the processors are idle; not for ever."""
    deadline = time.monotonic() + PATIENCE
    idle, every = _ticks()
    while time.monotonic() < deadline:
        time.sleep(1)
        before, (idle, every) = (idle, every), _ticks()
        if idle - before[0] >= IDLE * (every - before[1]):
            return


def _ticks() -> tuple[int, int]:
    """Idle and all ticks of the processors since the start (proc(5))."""
    words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    return int(words[3]) + int(words[4]), sum(map(int, words[:8]))


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine_facts() -> str:
    """What was measured on, and when: one line."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"{os.cpu_count()} × {cpu[1] if cpu else platform.machine()}",
            f"{memory:.0f} GiB",
            f"Linux {platform.release()}",
            f"Python {platform.python_version()}",
            f"load before {os.getloadavg()[0]:.1f}",
        ]
    )


def version_of(*command: str) -> str:
    """What a tool says of its version, on one line."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return " ".join((done.stdout or done.stderr).split())


class Publisher:
    """Prints sections and puts them into the document, each in place of its last edition."""

    def __init__(self, document: Path, head: str = HEAD) -> None:
        self._document = document
        self._head = head

    def __call__(self, heading: str, about: str, facts: str, figures: str) -> None:
        section = f"## {heading}\n\n{about}\n\n{figures}\n\n*{facts}*\n"
        print(f"\n{section}")
        sections = self._sections() | {heading: section}
        self._document.parent.mkdir(exist_ok=True)
        text = "\n".join([self._head, *(sections[name] for name in sorted(sections))])
        self._document.write_text(text, encoding="utf-8")

    def _sections(self) -> dict[str, str]:
        if not self._document.exists():
            return {}
        _head, *parts = re.split(r"^## ", self._document.read_text(encoding="utf-8"), flags=re.M)
        return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in parts}
