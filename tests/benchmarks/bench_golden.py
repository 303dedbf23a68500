"""A machine of a hardened image against one that is hardened after its start."""

from __future__ import annotations

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
From nothing to a machine of which a scan says that {count} checks hold (those of "Hardening"), each
time a new one: made, started, waited for until it answers on SSH, and `govctl harden --checks …`.
One is a clone of the hardened image of a router, where the first scan is the last; the other of the
bare base of all images, which is hardened after its start and scanned again."""


@contextmanager
def bare(folder: Path) -> Iterator[str]:
    """The base of all images: our accounts and OpenSSH, and nothing hardened. Its fingerprint."""
    tree = Tree(folder)
    lay_over(tree.path)
    set_up(tree.path, load_base())
    clean(tree.path)
    pack(tree.path, "bench", "", folder, int(time.time()))
    with images.held(folder / METADATA, folder / ROOTFS) as fingerprint:
        yield fingerprint


def started(folder: Path, image: str) -> float:
    """Seconds until a new machine of an image is clean. The machine is removed after it."""
    folder.mkdir()
    hosts = Hosts(folder, image, LIMITS)
    began = time.perf_counter()
    try:
        hosts.start(1)
        _hardened(hosts, folder)
        return time.perf_counter() - began
    finally:
        hosts.remove()


def _hardened(hosts: Hosts, folder: Path) -> None:
    (one,) = hosts.addresses.values()
    wanted = ",".join(sorted({control.check for control in controls()}))
    words = ["harden", f"ssh://{one.user}@{one.host}", *hosts.way, "--checks", wanted]
    spend([*GOVCTL, *words, "--output", folder / "hardened.txt"], (0,))  # 1 would be a finding


def test_harden_in_the_image_or_after_the_start(
    tmp_path: Path, publish: Publisher, rounds: int
) -> None:
    facts = machine_facts()
    (tmp_path / "bare").mkdir()
    with images.router() as golden, bare(tmp_path / "bare") as plain:
        named: Mapping[str, str] = {"hardened image": golden, "bare image, then hardened": plain}
        counted = iter(range(1000))
        works = {
            name: lambda image=image: started(tmp_path / str(next(counted)), image)
            for name, image in named.items()
        }
        times = in_turns(works, rounds)
    least = times["hardened image"].median
    rows = [[name, taken.text(), f"{taken.median / least:.1f}"] for name, taken in times.items()]
    about = ABOUT.format(count=len({control.check for control in controls()}))
    publish("Hardening in the image", about, facts, table(["Start", "Time", "Ratio"], rows))
