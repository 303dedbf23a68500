"""A scan of N hosts against the same collecting script over one bare SSH connection each."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import paramiko
import pytest

from govctl.errors import TargetError
from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks
from policies.judge import TargetContext, judge
from policies.model import Finding
from policies.requirements import load
from scanners.host import bundle, probe
from scanners.host.collect import facts_from, now
from scanners.host.collecting import Wanted, wanted
from scanners.host.facts import SOURCES
from scanners.host.model import Raw
from scanners.host.reach.address import HostAddress
from scanners.host.visit import WORKERS, fetch_many
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
from tests.benchmarks.hosts import Hosts

pytestmark = pytest.mark.live

GOAL = 1.5
LARGEST = 30
"""Hosts that this machine itself plays; more would measure how they share its processors."""
Addresses = Mapping[str, HostAddress]
ABOUT = f"""\
N clones of the router's image, visited from their own host, {WORKERS} at once at most on each
side. govctl brings the script to each host, reads all facts from what comes back, packs the raw
output for the evidence and judges every check. The rivals run the very same script and keep what
comes back in memory, no more: OpenSSH's `ssh`, one process per host, and a bare loop over paramiko.
The hosts run on the machine that visits them, so both sides wait for the same processors."""


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with images.router() as image:
        made = Hosts(tmp_path, image)
        try:
            yield made
        finally:
            made.remove()


def test_scan(
    tmp_path: Path, publish: Publisher, hosts: Hosts, counts: tuple[int, ...], rounds: int
) -> None:
    asked = [count for count in counts if count <= LARGEST] or [LARGEST]
    hosts.start(max(asked))
    facts = machine_facts()
    rows = []
    for count in asked:
        some = dict(list(hosts.addresses.items())[:count])
        works: dict[str, Callable[[], object]] = {
            "ssh": partial(_openssh, some, _known_hosts(tmp_path, some)),
            "paramiko": partial(_paramiko, some),
            "govctl": partial(_govctl, some),
        }
        for work in works.values():
            work()  # loads what is loaded once, here and on the hosts
        timed = {name: partial(seconds_of, work) for name, work in works.items()}
        rows.append(_row(count, in_turns(timed, rounds)))
    header = ["N", "OpenSSH", "paramiko", "govctl", "to OpenSSH", "to paramiko", f"At most {GOAL}"]
    publish("Scanning", ABOUT, facts, table(header, rows))


def _row(count: int, times: Mapping[str, Times]) -> list[str]:
    ours = times["govctl"].median
    ratios = [ours / times[rival].median for rival in ("ssh", "paramiko")]
    texts = [times[name].text() for name in ("ssh", "paramiko", "govctl")]
    return [str(count), *texts, *(f"{r:.2f}" for r in ratios), verdict(ratios[0] <= GOAL)]


def _wishes() -> Wanted:
    rows = checks()
    return wanted(SOURCES, live=True, paths=asked_paths(rows), texts=asked_texts(rows))


def _govctl(addresses: Addresses) -> None:
    """What `govctl scan` does to hosts, without the report at its end."""
    rows, taken_at = checks(), now()
    context = TargetContext(level=3, baselines=(load("tcvn14423-2026"),))
    findings: dict[str, list[Finding]] = {}

    def arrived(name: str, raw: Raw | TargetError) -> None:
        assert isinstance(raw, Raw), raw
        bundle.dump(bundle.Bundle(name, taken_at, raw))
        findings[name] = judge(facts_from(raw, name, taken_at), rows, context)

    fetch_many(addresses, _wishes(), WORKERS, arrived)
    assert all(len(found) == len(rows) for found in findings.values())


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

    _in_parallel(visit, addresses)


def _paramiko(addresses: Addresses) -> None:
    def visit(address: HostAddress) -> bytes:
        kind, blob = (address.host_key or "").split()
        client = paramiko.SSHClient()
        key = paramiko.Ed25519Key(data=base64.b64decode(blob))
        client.get_host_keys().add(address.host, kind, key)
        with client:
            client.connect(
                address.host,
                username=address.user,
                key_filename=str(address.keys[0]),
                look_for_keys=False,
                allow_agent=False,
            )
            stdin, stdout, _stderr = client.exec_command("sudo -n sh")
            stdin.write(_script())
            stdin.channel.shutdown_write()
            return stdout.read()

    _in_parallel(visit, addresses)


def _script() -> bytes:
    return probe.script(_wishes(), secrets.token_hex(16)).encode()


def _in_parallel(visit: Callable[[HostAddress], bytes], addresses: Addresses) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        streams = list(pool.map(visit, addresses.values()))
    assert all(len(stream) > 10_000 for stream in streams), [len(stream) for stream in streams]


def _known_hosts(folder: Path, addresses: Addresses) -> Path:
    path = folder / "known_hosts"
    path.write_text("".join(f"{one.host} {one.host_key}\n" for one in addresses.values()))
    return path
