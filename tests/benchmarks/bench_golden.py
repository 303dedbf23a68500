"""A machine of a hardened image against one that is hardened after its start."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from stacks.images.pack import METADATA, ROOTFS, pack
from stacks.images.recipe import load_base
from stacks.images.tree import clean, lay_over, set_up
from tests.benchmarks import images
from tests.benchmarks.bench_harden import LIMITS
from tests.benchmarks.figures import Publisher, in_turns, machine_facts, table
from tests.benchmarks.hardening.controls import controls
from tests.benchmarks.hosts import Hosts
from tests.benchmarks.spending import GOVCTL, spend
from tests.fixes.trees import Tree

pytestmark = pytest.mark.live

ABOUT = """\
From nothing to a machine of which a scan says that {count} checks hold (those of "Hardening" that
the hardened image answers), each time a new one: made, started, waited for until it answers on SSH,
and `govctl harden --checks …`. One is a clone of the hardened image of a router, where the first
scan is the last; the other of the bare base of all images, hardened after its start and scanned
again."""


@contextmanager
def bare(folder: Path) -> Iterator[str]:
    """The base of all images: our accounts and OpenSSH, and nothing hardened. Its fingerprint."""
    tree = Tree(folder, copied=True)
    lay_over(tree.path)
    set_up(tree.path, load_base())
    clean(tree.path)
    pack(tree.path, "bench", "", folder, int(time.time()))
    with images.held(folder / METADATA, folder / ROOTFS) as fingerprint:
        yield fingerprint


@contextmanager
def machine(folder: Path, image: str) -> Iterator[list[str | Path]]:
    """A new machine of an image that answers on SSH: how govctl is told of it."""
    folder.mkdir()
    hosts = Hosts(folder, image, LIMITS)
    try:
        hosts.start(1)
        (one,) = hosts.addresses.values()
        yield [f"ssh://{one.user}@{one.host}", *hosts.way]
    finally:
        hosts.remove()


def held_by(folder: Path, image: str) -> list[str]:
    """The checks that a machine of an image passes at its first scan."""
    wanted = ",".join(sorted({control.check for control in controls()}))
    said = folder.with_suffix(".json")
    with machine(folder, image) as way:
        spend([*GOVCTL, "scan", *way, "--checks", wanted, "--format", "json", "--output", said])
    results = json.loads(said.read_text())["results"]
    return [one["check"] for one in results if one["status"] == "pass"]


def started(folder: Path, image: str, checks: list[str]) -> float:
    """Seconds until a new machine of an image is clean; 1 of `harden` would be a finding."""
    began = time.perf_counter()
    with machine(folder, image) as way:
        words = [*way, "--checks", ",".join(checks), "--output", folder / "hardened.txt"]
        spend([*GOVCTL, "harden", *words], (0,))
        return time.perf_counter() - began


def test_harden_in_the_image_or_after_the_start(
    tmp_path: Path, publish: Publisher, rounds: int
) -> None:
    facts = machine_facts()
    (tmp_path / "bare").mkdir()
    with images.router() as golden, bare(tmp_path / "bare") as plain:
        named: Mapping[str, str] = {"hardened image": golden, "bare image, then hardened": plain}
        checks = held_by(tmp_path / "first", golden)
        counted = iter(range(1000))
        works = {
            name: lambda image=image: started(tmp_path / str(next(counted)), image, checks)
            for name, image in named.items()
        }
        times = in_turns(works, rounds)
    least = times["hardened image"].median
    rows = [[name, taken.text(), f"{taken.median / least:.1f}"] for name, taken in times.items()]
    about = ABOUT.format(count=len(checks))
    publish("Hardening in the image", about, facts, table(["Start", "Time", "Ratio"], rows))
