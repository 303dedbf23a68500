"""Hosts that nobody visits: trees of files, and facts that were taken before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.files import PRIVATE, write_bytes_whole
from policies.profiles import choose
from scanners.host import bundle
from tests.benchmarks import images
from tests.benchmarks.figures import Publisher, Times, in_turns, machine_facts, table, verdict
from tests.benchmarks.hosts import Hosts
from tests.benchmarks.spending import GOVCTL, Spent, spend

PROFILE = "cis-debian12:l2-server"
OTHER = "anssi-bp28:enhanced"
TREES_GOAL = 1000
"""A minute, on two processors."""
FACTS = 300
FACTS_GOAL = 5.0
PROCESSORS = 2
ABOUT_TREES = f"""\
`govctl scan --root A --root B … --jobs {PROCESSORS} --format json` of trees of a minimal
Debian 12, the router's image unpacked ({{files}} files and directories each), judged by
`{PROFILE}` ({{checks}} checks): the whole command, from its start to its end. The trees are copies
with hard links: every tree has directories of its own, their files are shared, so that all are in
memory after the first round, which is not counted. A tree on a cold disk takes as long as the disk
does. There is no rival that judges trees of files with the same rules."""
ABOUT_FACTS = f"""\
`govctl collect` of one running machine, its file copied {FACTS} times with other targets, then
`govctl evaluate FOLDER --baseline {OTHER} --format json` ({{checks}} checks): the whole command,
one process a processor. One file is {{size}} kB."""


@pytest.mark.live
def test_trees(tmp_path: Path, publish: Publisher, rounds: int, trees: int) -> None:
    first = tmp_path / "0"
    images.unpacked_router(first)
    roots = [first, *(tmp_path / str(number) for number in range(1, trees))]
    for root in roots[1:]:
        subprocess.run(["cp", "-al", first, root], check=True, timeout=120)
    facts = machine_facts()
    words = [word for root in roots for word in ("--root", root)]
    jobs = ("--jobs", str(PROCESSORS), "--format", "json", "--output", tmp_path / "result.json")
    spent = _rounds([*GOVCTL, "scan", "--baseline", PROFILE, *jobs, *words], rounds)
    files = sum(1 for _path in first.rglob("*"))
    about = ABOUT_TREES.format(files=files, checks=len(choose([PROFILE]).checks))
    times = Times(tuple(one.seconds for one in spent))
    rate = trees / times.median * 60
    cpu = max(one.cpu for one in spent) / trees
    row = [str(trees), times.text(), f"{cpu * 1000:.0f} ms", _memory(spent), f"{rate:.0f}",
           verdict(rate >= TREES_GOAL)]  # fmt: skip
    header = ["Trees", "Time", "CPU a tree", "Peak memory of a process", "Trees a minute",
              f"At least {TREES_GOAL}"]  # fmt: skip
    publish("Trees of files", about, facts, table(header, [row]))


@pytest.mark.live
def test_stored_facts(tmp_path: Path, publish: Publisher, rounds: int) -> None:
    with _host(tmp_path) as hosts:
        kept = tmp_path / "host.facts"
        (address,) = hosts.addresses.values()
        place = f"ssh://{address.user}@{address.host}"
        spend([*GOVCTL, "collect", place, *hosts.way, "--output", kept], (0,))
    taken = bundle.load(kept.read_bytes(), kept)
    folder = tmp_path / "facts"
    folder.mkdir()
    for number in range(FACTS):
        one = bundle.dump(replace(taken, target=f"ssh://govctl@host-{number:03}"))
        write_bytes_whole(folder / f"{number:03}.facts", one, PRIVATE)
    facts = machine_facts()
    output = ("--format", "json", "--output", tmp_path / "result.json")
    spent = _rounds([*GOVCTL, "evaluate", folder, "--baseline", OTHER, *output], rounds)
    size = f"{kept.stat().st_size / 1000:.0f}"
    about = ABOUT_FACTS.format(checks=len(choose([OTHER]).checks), size=size)
    times = Times(tuple(one.seconds for one in spent))
    cpu = max(one.cpu for one in spent)
    row = [str(FACTS), times.text(), f"{cpu:.1f} s", _memory(spent),
           verdict(times.median < FACTS_GOAL)]  # fmt: skip
    header = ["Files", "Time", "CPU", "Peak memory of a process", f"Under {FACTS_GOAL:.0f} s"]
    publish("Stored facts against another profile", about, facts, table(header, [row]))


def _rounds(words: list[str | Path], rounds: int) -> list[Spent]:
    """A round that is not counted, then those that are."""
    spent: list[Spent] = []

    def run() -> float:
        spent.append(spend(words))
        return spent[-1].seconds

    run()
    spent.clear()
    in_turns({"govctl": run}, rounds)
    return spent


def _memory(spent: list[Spent]) -> str:
    return f"{max(one.memory for one in spent) / 2**20:.0f} MiB"


@contextmanager
def _host(folder: Path) -> Iterator[Hosts]:
    with images.router() as image:
        made = Hosts(folder, image)
        try:
            made.start(1)
            yield made
        finally:
            made.remove()
