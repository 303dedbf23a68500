"""Machines and their networks by govctl's engine and provider, against a bare loop over the API."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from govctl.doctor import pulumi_command
from stacks.engine import Engine, Settings, StackProgram
from stacks.groups import assign_groups
from stacks.provider import sweep
from tests.benchmarks import images, work
from tests.benchmarks.bare_loop import BareLoop
from tests.benchmarks.figures import (
    Publisher,
    Times,
    in_turns,
    machine_facts,
    seconds_of,
    table,
    verdict,
    version_of,
)

pytestmark = pytest.mark.live

GOAL = 1.15
TRIES = 4
FROM = 30
"""With fewer machines the engine's own cost, the same for any number, weighs too much."""
ABOUT = """\
N machines, two to a network: each cloned from an image, given limits and twelve files, started and
waited for until it has its host key. The loop is one process with 16 threads on LXD's socket, which
keeps no state, marks no owner and looks at nothing twice; both create one machine at a time, since
LXD 5.0 gives machines that are created at once overlapping ranges of user ids. `router` is the real
image of that role: systemd, OpenSSH, hardened. `tiny` is so small that a machine is up in a moment:
an estate has none such, but it shows what the engine and its looking twice cost. The second table
is the same `up` again, by the engine alone, when there is nothing to change."""
FEW = """\
The same with so few machines that the engine's own start and end show: the difference is the same
for any number."""


def test_provision(
    tmp_path: Path, publish: Publisher, counts: tuple[int, ...], rounds: int
) -> None:
    pulumi = version_of(str(pulumi_command() / "bin" / "pulumi"), "version")
    facts = f"{machine_facts()}, LXD {version_of('lxd', '--version')}, Pulumi {pulumi}"
    sections = [(_is_large, "Provisioning", ABOUT), (_is_small, "Provisioning: few machines", FEW)]
    made: list[tuple[int, list[str]]] = []
    idle: list[tuple[int, list[str]]] = []
    with images.router() as router, images.tiny(tmp_path) as tiny:
        for name, image in (("router", router), ("tiny", tiny)):
            loop = BareLoop(image)
            _once(loop.make, loop.remove, 1)  # unpacks the image, which is nobody's cost
            for count in counts:
                ours = Ours(tmp_path, image, count)
                bare = partial(_once, loop.make, loop.remove, count)
                times = in_turns({"loop": bare, "govctl": ours.make}, rounds)
                made.append((count, [name, *_row(count, times["loop"], times["govctl"])]))
                idle.append((count, [name, str(count), Times(tuple(ours.again)).text()]))
    header = ["Image", "N", "Loop", "govctl", "Difference", "Ratio", f"At most {GOAL}"]
    for belongs, heading, about in sections:
        rows = [row for count, row in made if belongs(count)]
        again = [row for count, row in idle if belongs(count)]
        if rows:
            tables = [table(header, rows), table(["Image", "N", "`up` without a change"], again)]
            publish(heading, about, facts, "\n\n".join(tables))


def _is_large(count: int) -> bool:
    return count >= FROM


def _is_small(count: int) -> bool:
    return count < FROM


def _row(count: int, loop: Times, ours: Times) -> list[str]:
    ratio = ours.median / loop.median
    goal = verdict(ratio <= GOAL) if _is_large(count) else "the engine's own cost shows"
    difference = f"{ours.median - loop.median:+.1f} s"
    return [str(count), loop.text(), ours.text(), difference, f"{ratio:.2f}", goal]


def _once(
    make: Callable[[list[work.Site]], None],
    remove: Callable[[list[work.Site]], None],
    count: int,
) -> float:
    """Seconds of the loop, which does not bear all of LXD's faults: then it is asked again."""
    for attempt in range(TRIES):
        wanted = work.sites(_name(), count)
        try:
            return seconds_of(partial(make, wanted))
        except (TimeoutError, httpx.HTTPError) as error:
            print(f"loop of {count}, attempt {attempt + 1}: {error}", flush=True)
        finally:
            remove(wanted)
    raise TimeoutError(f"the loop did not make {count} machines in {TRIES} attempts")


def _name() -> str:
    return f"bench-{secrets.token_hex(2)}"


class Ours:
    """govctl's engine with its own provider, state in a folder, as `up` runs it."""

    def __init__(self, folder: Path, image: str, count: int) -> None:
        self._folder, self._image, self._count = folder, image, count
        self.again: list[float] = []
        """Seconds of each second `up`, which changes nothing."""

    def make(self) -> float:
        name = _name()
        engine = self._engine(self._folder / name, name)
        stacks = self._stacks(name)
        try:
            seconds = seconds_of(lambda: engine.up(stacks))
            self.again.append(seconds_of(lambda: _unchanged(engine, stacks)))
            return seconds
        finally:
            engine.destroy(stacks)
            target = sweep.connect()
            sweep.delete(target, name, sweep.marked(target, name))

    def _stacks(self, name: str) -> list[StackProgram]:
        """In groups of sites, as an estate's stacks are."""
        wanted = work.sites(name, self._count)
        groups = assign_groups([site.id for site in wanted], {})
        return [
            StackProgram(
                f"sites-{group}",
                1,
                work.program(name, self._image, [s for s in wanted if groups[s.id] == group]),
            )
            for group in sorted(set(groups.values()))
        ]

    def _engine(self, folder: Path, name: str) -> Engine:
        state = folder / "state"
        state.mkdir(parents=True)
        passphrase = folder / "passphrase"
        passphrase.write_text("a benchmark")
        return Engine(
            Settings(
                project=f"govctl-{name}",
                work=folder / "pulumi",
                backend=f"file://{state}",
                passphrase_file=passphrase,
                pulumi_root=pulumi_command(),
                tools=Path(sys.executable).parent,
            )
        )


def _unchanged(engine: Engine, stacks: list[StackProgram]) -> None:
    results = engine.up(stacks)
    assert not any(result.changes for result in results)
