"""Hosts that nobody visits: trees of files, and facts that were taken before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

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
MEMORY = Path("/dev/shm")
"""A tmpfs on every Linux."""
ABOUT_TREES = f"""\
`govctl scan --root A --root B … --jobs {PROCESSORS} --format json` of trees of a minimal
Debian 12, the router's image unpacked ({{files}} files and directories each), judged by
`{PROFILE}` ({{checks}} checks): the whole command, from its start to its end. The trees are copies
with hard links: every tree has directories of its own, their files are shared. *In memory* they lie
on a tmpfs, and the goal is asked of that: it is one of processors. *On the disk* is what this
machine's disk adds: {{megabytes}} MB of directories, a block each, which its kernel keeps in memory
from one round to the next, or reads again. The round before is not counted.
There is no rival that judges trees of files with the same rules."""
ABOUT_FACTS = f"""\
`govctl collect` of one running machine, its file copied {FACTS} times with other targets, then
`govctl evaluate FOLDER --baseline {OTHER} --format json` ({{checks}} checks): the whole command,
one process a processor. One file is {{size}} kB."""


@pytest.mark.live
def test_trees(tmp_path: Path, publish: Publisher, rounds: int, trees: int) -> None:
    first = tmp_path / "0"
    images.unpacked_router(first)
    facts = machine_facts()
    with TemporaryDirectory(prefix="govctl-bench-", dir=MEMORY) as memory:
        unpacked = Path(memory) / "0"
        subprocess.run(["cp", "-a", first, unpacked], check=True, timeout=120)
        rate, fast = _trees("in memory", _copied(unpacked, trees), tmp_path, rounds)
    _rate, slow = _trees("on the disk", _copied(first, trees), tmp_path, rounds)
    about = ABOUT_TREES.format(
        files=sum(1 for _path in first.rglob("*")),
        checks=len(choose([PROFILE]).checks),
        megabytes=sum(path.stat().st_size for path in _folders(first)) * trees // 10**6,
    )
    header = ["Trees", "Lie", "Time", "CPU a tree", "Peak memory of a process",
              "Trees a minute", f"At least {TREES_GOAL}"]  # fmt: skip
    rows = [[*fast, verdict(rate >= TREES_GOAL)], [*slow, ""]]
    publish("Trees of files", about, facts, table(header, rows))


def _copied(first: Path, trees: int) -> list[Path]:
    """A tree, and copies of it beside it."""
    roots = [first, *(first.parent / str(number) for number in range(1, trees))]
    for root in roots[1:]:
        subprocess.run(["cp", "-al", first, root], check=True, timeout=120)
    return roots


def _folders(tree: Path) -> Iterator[Path]:
    return (path for path in tree.rglob("*") if path.is_dir() and not path.is_symlink())


def _trees(where: str, roots: Sequence[Path], folder: Path, rounds: int) -> tuple[float, list[str]]:
    """Trees a minute, and the row that says it."""
    words = [word for root in roots for word in ("--root", root)]
    jobs = ("--jobs", str(PROCESSORS), "--format", "json", "--output", folder / "result.json")
    spent = _rounds([*GOVCTL, "scan", "--baseline", PROFILE, *jobs, *words], rounds)
    times = Times(tuple(one.seconds for one in spent))
    rate = len(roots) / times.median * 60
    cpu = max(one.cpu for one in spent) / len(roots)
    return rate, [str(len(roots)), where, times.text(), f"{cpu * 1000:.0f} ms", _memory(spent),
                  f"{rate:.0f}"]  # fmt: skip


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
