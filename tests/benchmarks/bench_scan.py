"""A scan of N hosts against the same collecting script over one bare SSH connection each."""

from __future__ import annotations

import json
import secrets
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import pytest

from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks
from policies.needs import sources_for
from scanners.host import probe
from scanners.host.collecting import Wanted, wanted
from scanners.host.reach.address import HostAddress
from scanners.host.visit import WORKERS
from tests.benchmarks import images
from tests.benchmarks.figures import (
    Publisher,
    Times,
    in_turns,
    machine_facts,
    seconds_of,
    table,
    verdict,
)
from tests.benchmarks.hosts import Counters, Hosts
from tests.benchmarks.spending import GOVCTL, Spent, spend

pytestmark = pytest.mark.live

GOAL = 1.3
MACHINES = 10
MANY = 50
"""From so many hosts on one round is enough: it is the sum of many visits. Of more, one rival."""
NAMES = ("ssh", "paramiko", "govctl")
Addresses = Mapping[str, HostAddress]
ABOUT = f"""\
N addresses of at most {MACHINES} machines, clones of the router's image: 50 and 300 are 5 and 30
connections to each of them. They run on the machine that visits them, so that both sides wait for
the same processors. govctl is the whole command, `govctl scan --targets FILE --checks '*'`, from
its start to its end: it loads the catalogue, brings the script to each host, reads all facts,
judges all {{checks}} checks and writes every result as JSON. The rivals run the very same script,
{WORKERS} connections at once as govctl does, and keep what comes back in memory, no more: OpenSSH's
`ssh`, one process per host, and a bare program over paramiko, from its start to its end as govctl.
Each work has run once before it is measured; from {MANY} hosts on it is measured once, cold, and
with more than these only the rival that was the faster before.
"To the barest" is govctl's time over that of the faster rival."""
COSTS = """\
What one visit costs the host, the mean over N = {count} and all rounds: seconds of processor time
of everything that runs in the container (sshd, sudo, the script; LXD's count of the cgroup), and
bytes that leave its network card (SSH, the answer compressed). And what govctl's own process takes
on the controller, all hosts together: processor time, and memory at its peak."""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with images.router() as image:
        made = Hosts(tmp_path, image)
        try:
            yield made
        finally:
            made.remove()


def test_scan(
    tmp_path: Path, publish: Publisher, hosts: Hosts, scans: tuple[int, ...], rounds: int
) -> None:
    hosts.start(min(MACHINES, max(scans)), -(-max(scans) // MACHINES))
    facts = machine_facts()
    rows, controller, visits = [], [], []
    slower = ""
    for count in scans:
        meter = _Meter(hosts, count)
        some = hosts.some(count)
        spent: list[Spent] = []
        works: dict[str, Callable[[], object]] = {
            "ssh": partial(_openssh, some, hosts.known_hosts),
            "paramiko": partial(_paramiko, tmp_path, some),
            "govctl": partial(_govctl, tmp_path, hosts, some, spent),
        }
        if count > MANY and slower:
            del works[slower]
        for work in works.values() if count < MANY else ():
            work()  # loads what is loaded once, here and on the hosts
        spent.clear()
        timed = {name: partial(meter.seconds, name, work) for name, work in works.items()}
        times = in_turns(timed, rounds if count < MANY else 1)
        rows.append(_row(count, times))
        if len(times) == len(NAMES):
            slower = max(NAMES[:2], key=lambda name: times[name].median)
        controller.append(_controller(count, spent))
        visits.append([str(count), *meter.texts()])
    header = ["N", "OpenSSH", "paramiko", "govctl", "To the barest", f"At most {GOAL}"]
    about = ABOUT.format(checks=len(checks()))
    publish("Scanning", about, facts, table(header, rows))
    header = ["N", "CPU, OpenSSH", "CPU, paramiko", "CPU, govctl", "Bytes, OpenSSH",
              "Bytes, paramiko", "Bytes, govctl"]  # fmt: skip
    on_hosts = table(header, visits)
    on_controller = table(["N", "CPU of govctl", "CPU a host", "Peak memory"], controller)
    about = COSTS.format(count=", ".join(map(str, scans)))
    publish("Scanning: what it costs", about, facts, f"{on_hosts}\n\n{on_controller}")


class _Meter:
    """Counts what visits cost the hosts, by who visits."""

    def __init__(self, hosts: Hosts, count: int) -> None:
        self._hosts, self._count = hosts, count
        self._spent: dict[str, list[Counters]] = {}

    def seconds(self, name: str, work: Callable[[], object]) -> float:
        before = self._hosts.counters()
        seconds = seconds_of(work)
        self._spent.setdefault(name, []).append(self._hosts.counters().since(before))
        return seconds

    def texts(self) -> list[str]:
        """Of each visitor: CPU seconds a visit; and bytes a visit."""
        every = [self._spent.get(name, []) for name in NAMES]
        visits = [len(spent) * self._count for spent in every]
        cpu = [sum(one.cpu for one in spent) for spent in every]
        sent = [sum(one.sent for one in spent) / 1000 for spent in every]
        return [
            *(f"{one / n:.2f} s" if n else "–" for one, n in zip(cpu, visits, strict=True)),
            *(f"{one / n:.0f} kB" if n else "–" for one, n in zip(sent, visits, strict=True)),
        ]


def _row(count: int, times: Mapping[str, Times]) -> list[str]:
    barest = min(times[name].median for name in NAMES[:2] if name in times)
    ratio = times["govctl"].median / barest
    texts = [times[name].text() if name in times else "–" for name in NAMES]
    return [str(count), *texts, f"{ratio:.2f}", verdict(ratio <= GOAL)]


def _controller(count: int, spent: list[Spent]) -> list[str]:
    cpu = statistics.median(one.cpu for one in spent)
    memory = max(one.memory for one in spent) / 2**20
    return [str(count), f"{cpu:.1f} s", f"{cpu / count * 1000:.0f} ms", f"{memory:.0f} MiB"]


def _govctl(folder: Path, hosts: Hosts, addresses: Addresses, spent: list[Spent]) -> None:
    targets = folder / "targets"
    targets.write_text("".join(f"ssh://{one.user}@{one.host}\n" for one in addresses.values()))
    output = ("--checks", "*", "--format", "json", "--output", folder / "result.json")
    # Exit code 4 would mean that a host could not be reached, and end the benchmark.
    spent.append(spend([*GOVCTL, "scan", "--targets", targets, *hosts.way, *output]))


@cache
def _wishes() -> Wanted:
    rows = checks()
    return wanted(sources_for(rows), live=True, paths=asked_paths(rows), texts=asked_texts(rows))


def _openssh(addresses: Addresses, known_hosts: Path) -> None:
    def visit(address: HostAddress) -> bytes:
        options = [f"UserKnownHostsFile={known_hosts}", "StrictHostKeyChecking=yes"]
        words = [word for option in options for word in ("-o", option)]
        there = f"{address.user}@{address.host}"
        return subprocess.run(
            ["ssh", "-F", "none", "-T", "-i", address.keys[0], *words, there, "sudo -n sh"],
            input=_script(),
            capture_output=True,
            check=False,
            timeout=420,
        ).stdout

    with ThreadPoolExecutor(WORKERS) as pool:
        _assert_answers([len(stream) for stream in pool.map(visit, addresses.values())])


def _paramiko(folder: Path, addresses: Addresses) -> None:
    hosts, script = folder / "hosts.json", folder / "script"
    hosts.write_text(
        json.dumps([[a.host, a.user, a.host_key, str(a.keys[0])] for a in addresses.values()])
    )
    script.write_bytes(_script())
    program = Path(__file__).with_name("barest.py")
    done = subprocess.run(
        [sys.executable, program, str(WORKERS), hosts, script],
        check=True,
        capture_output=True,
        timeout=3600,
    )
    _assert_answers([int(size) for size in done.stdout.split()])


def _script() -> bytes:
    return probe.script(_wishes(), secrets.token_hex(16)).encode()


def _assert_answers(sizes: list[int]) -> None:
    assert sizes and all(size > 30_000 for size in sizes), sizes
