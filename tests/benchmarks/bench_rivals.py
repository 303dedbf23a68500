"""The same host asked by others: testinfra over SSH, OpenSCAP and Lynis on it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import testinfra

from govctl.pipeline.judging import DEFAULT
from policies.catalogue import checks
from policies.profiles import choose
from scanners.host.reach.address import HostAddress
from stacks.provider.targets.target import Limits
from tests.benchmarks import images
from tests.benchmarks.accuracy.openscap import FOLDER
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
from tests.benchmarks.questions import Question, questions
from tests.benchmarks.spending import GOVCTL, spend

pytestmark = pytest.mark.live

GOAL = 50
ROOMY = Limits(memory=3 * 2**30, cpu=2, disk=4 * 2**30, processes=512)
"""OpenSCAP holds its whole content in memory."""
PACKAGES = ("lynis", "openscap-scanner", "ssg-debderived", "ssg-debian")
PROFILES = {
    "ssg-debian11-ds.xml": "anssi_np_nt28_restrictive",
    "ssg-ubuntu2204-ds.xml": "cis_level2_server",
}
SLOW = 30.0
"""Seconds: what takes longer is measured once."""
BACKENDS = ("ssh", "paramiko")
ABOUT_TESTINFRA = """\
Of the {asked} checks of the baseline {baseline} these are all {count} that testinfra has words for
(owners and modes of files, packages, services, sysctl, `sshd -T`, modules, mounts, login.defs);
what needs globs, a walk, the precedence of files or PAM's stacks it cannot ask. testinfra asks
them with sudo, in a process that is loaded already, one host after the other as its own runner
does: through its usual backend, OpenSSH with one connection that is kept, and through paramiko.
`sshd -T` it asks once. govctl is the whole command, once with the same checks and once with all of
them ({all}). Of the answers on the first host {same} are the same, {other} are not or govctl does
not judge them there (a container's sysctl belongs to another machine). The goal is about the same
questions and the usual backend. Several hosts are measured once."""
ABOUT_LOCAL = """\
One container with 3 GiB and 2 processors, of the router's image with the rivals' packages added.
OpenSCAP and Lynis run on it, without a network; govctl comes over SSH, and its time is that of the
whole command. CPU on the host is LXD's count for the whole container. OpenSCAP's content is of
Debian's packages; as they know no Debian 12, the platform check is taken out of a copy. The rules
differ, and so do the numbers of them (of Lynis, which passes and fails nothing by name, tests that
it ran): what is compared is how long a person waits and what the host pays. What takes longer than
{slow:.0f} s is measured once."""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Hosts]:
    """One host with everything that judges itself."""
    with images.router_with(tmp_path, PACKAGES) as image:
        made = Hosts(tmp_path, image, ROOMY)
        try:
            made.start(1)
            yield made
        finally:
            made.remove()


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Hosts]:
    with images.router() as image:
        made = Hosts(tmp_path, image)
        try:
            yield made
        finally:
            made.remove()


def test_testinfra(
    tmp_path: Path, publish: Publisher, several: Hosts, rounds: int, machines: int
) -> None:
    several.start(machines)
    baseline = choose([DEFAULT], ()).checks
    asked = questions(baseline)
    names = ",".join(one.check for one in asked)
    facts, rows = machine_facts(), []
    for count in dict.fromkeys((1, machines)):
        some = several.some(count)
        works: dict[str, Callable[[], object]] = {
            "same": partial(_govctl, tmp_path, several, count, names),
            "all": partial(_govctl, tmp_path, several, count, "*"),
        }
        for backend in BACKENDS:
            works[backend] = partial(_one_by_one, backend, several, list(some.values()), asked)
        for name in ("same", "all"):
            works[name]()
        timed = {name: partial(seconds_of, work) for name, work in works.items()}
        times = in_turns(timed, min(rounds, 2) if count == 1 else 1)
        ratios = [times[backend].median / times["same"].median for backend in BACKENDS]
        texts = [times[name].text() for name in (*BACKENDS, "same", "all")]
        rows.append([str(count), *texts, *(f"{one:.0f}" for one in ratios),
                     verdict(ratios[0] >= GOAL)])  # fmt: skip
    first = next(iter(several.some(1).values()))
    answers = _answers("ssh", several, first, asked)
    same = _same(_govctl(tmp_path, several, 1, names), asked, answers)
    about = ABOUT_TESTINFRA.format(
        asked=len(baseline), baseline=DEFAULT, count=len(asked), all=len(checks()), same=same,
        other=len(asked) - same,
    )  # fmt: skip
    header = ["Hosts", "testinfra, ssh", "testinfra, paramiko", "govctl, the same",
              "govctl, all checks", "Times faster", "than by paramiko",
              f"At least {GOAL}"]  # fmt: skip
    publish("The same questions by testinfra", about, facts, table(header, rows))


def _one_by_one(
    backend: str, hosts: Hosts, addresses: Sequence[HostAddress], asked: Sequence[Question]
) -> None:
    for address in addresses:
        _answers(backend, hosts, address, asked)


def _answers(
    backend: str, hosts: Hosts, address: HostAddress, asked: Sequence[Question]
) -> list[bool]:
    host: Any = testinfra.get_host(
        f"{backend}://{address.user}@{address.host}",
        ssh_identity_file=str(address.keys[0]),
        ssh_config=str(hosts.ssh_config()),
        sudo=True,
    )
    return [_holds(one, host) for one in asked]


def _holds(question: Question, host: Any) -> bool:
    try:
        return question.ask(host)
    except AssertionError:  # a command failed, and with it the test
        return False


def _same(document: dict[str, Any], asked: Sequence[Question], answers: Sequence[bool]) -> int:
    ours = {one["check"]: one["status"] for one in document["results"]}
    pairs = zip(asked, answers, strict=True)
    return sum(ours[one.check] == ("pass" if answer else "fail") for one, answer in pairs)


def _govctl(folder: Path, hosts: Hosts, count: int, names: str) -> dict[str, Any]:
    result = folder / "result.json"
    targets = [f"ssh://{one.user}@{one.host}" for one in hosts.some(count).values()]
    output = ("--checks", names, "--format", "json", "--output", result)
    spend([*GOVCTL, "scan", *targets, *hosts.way, *output])
    document: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return document


@dataclass
class _Judge:
    """Somebody who judges the host, and what it took."""

    name: str
    work: Callable[[], object]
    judges: Callable[[], int]
    """How many rules the last run passed or failed; of Lynis, which names none, tests."""
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, hosts: Hosts) -> None:
        before = hosts.counters()
        self.seconds.append(seconds_of(self.work))
        self.cpu.append(hosts.counters().since(before).cpu)


def test_on_the_host(tmp_path: Path, publish: Publisher, target: Hosts, rounds: int) -> None:
    (machine,) = target.machines
    judges = [
        _Judge("govctl", partial(_govctl, tmp_path, target, 1, "*"), partial(_judged, tmp_path)),
        _Judge("Lynis", partial(_lynis, machine), partial(_lynis_tests, machine)),
        *(
            _Judge(
                f"OpenSCAP, {content.split('-')[1]} `{profile}`",
                partial(_oscap, machine, content, profile),
                partial(_oscap_rules, machine),
            )
            for content, profile in PROFILES.items()
        ),
    ]
    for content in PROFILES:
        _without_platform(tmp_path, machine, content)
    judges[0].work()
    facts = machine_facts()
    numbers = {}
    for number in range(rounds):
        for judge in judges:
            if number == 0 or judge.seconds[0] < SLOW:
                judge.run(target)
                numbers[judge.name] = judge.judges()
    ours = Times(tuple(judges[0].seconds))
    rows = []
    for judge in judges:
        times, cpu = Times(tuple(judge.seconds)), Times(tuple(judge.cpu))
        ratio = f"{times.median / ours.median:.1f}" if judge is not judges[0] else "–"
        rows.append([judge.name, str(numbers[judge.name]), times.text(), cpu.text(), ratio])
    header = ["Judge", "Passed or failed", "Time", "CPU on the host", "To govctl's time"]
    about = ABOUT_LOCAL.format(slow=SLOW)
    publish("One host by OpenSCAP and Lynis", about, facts, table(header, rows))


def _judged(folder: Path) -> int:
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return sum(one["status"] in ("pass", "fail") for one in document["results"])


def _inside(machine: str, script: str) -> str:
    command = ["lxc", "exec", machine, "--", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _lynis(machine: str) -> None:
    _inside(machine, "cd / && lynis audit system --quick --quiet --no-colors >/dev/null 2>&1; true")


def _lynis_tests(machine: str) -> int:
    said = _inside(machine, "grep ^lynis_tests_done= /var/log/lynis-report.dat")
    return int(said.strip().partition("=")[2])


def _without_platform(folder: Path, machine: str, content: str) -> None:
    """A copy on the host without the line that refuses other releases."""
    text = _inside(machine, f"cat {FOLDER}/{content}")
    copy = folder / content
    copy.write_text(re.sub(r'<xccdf-1\.2:platform idref="cpe:/o:[^"]*"\s*/>', "", text))
    command = ["lxc", "file", "push", "--create-dirs", str(copy), f"{machine}/srv/{content}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _oscap(machine: str, content: str, profile: str) -> None:
    # Status 2 says that some rule fails.
    _inside(
        machine,
        f"cd /srv && oscap xccdf eval --profile xccdf_org.ssgproject.content_profile_{profile} "
        f"--results out.xml {content} >/dev/null 2>err; [ $? -ne 1 ]",
    )


def _oscap_rules(machine: str) -> int:
    """Rules with a verdict."""
    results = re.findall(r"<result>(\w+)</result>", _inside(machine, "cat /srv/out.xml"))
    return sum(one in ("pass", "fail") for one in results)
