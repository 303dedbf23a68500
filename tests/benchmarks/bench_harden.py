"""The same controls set by govctl, by an Ansible role that loops, and by pyinfra."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from govctl.pipeline.harden.ansible_runs import FORKS
from stacks.provider.targets.target import Limits
from tests.benchmarks import images
from tests.benchmarks.figures import (
    Publisher,
    Times,
    machine_facts,
    rest,
    table,
    verdict,
    version_of,
)
from tests.benchmarks.hardening.controls import Control, as_data, controls, weaken, witness
from tests.benchmarks.hosts import Hosts
from tests.benchmarks.spending import GOVCTL, Spent, spend

pytestmark = pytest.mark.live

ROOM = Path(__file__).parent / "hardening"
PYINFRA = "pyinfra==3.10.0"
ROUNDS = 5
SLOW = 60.0
"""Seconds: a rival that takes longer for a state has `--slow-rounds`."""
MANY = 30
"""So many machines take half an hour, and have a section of their own."""
SEVERAL = 10
"""Machines with which it is measured what one that drifted costs."""
LIMITS = Limits(memory=2**29, cpu=1, disk=2**30, processes=2048)
FEW = "few drifted"
HEADER = ("N", "State", "govctl", "Ansible", "pyinfra", "CPU: govctl", "Ansible", "pyinfra",
          "Bytes: govctl", "Ansible", "pyinfra", "Times Ansible", "Times pyinfra",
          "Goal to Ansible")  # fmt: skip
STATES = ("cold", "converged", "drifted")
GOALS = {"cold": 1.0, "converged": 5.0, "drifted": 3.0, FEW: 3.0}
ABOUT = """\
{count} controls ({sshd} options of sshd, {sysctl} kernel settings of the network, {mode} owners and
modes) on N clones of the router's image, which run on the machine that hardens them. Cold: all of
them are broken; converged: none; drifted: one in ten on every machine; few drifted: one in ten on
one machine in ten. govctl is the whole command, `govctl harden --targets FILE --checks …`: it
scans, keeps what it will change, hardens what fails,
proves by a new login that the host can be entered, and scans again; the others do none of that.
Ansible ({ansible}) runs a role with a loop a theme, as roles usually do, with pipelining, {forks}
forks, kept connections and no gathering of facts; {pyinfra} the same by its own operations, all
hosts at once. After every run a script on each
machine asks `sshd -T`, `sysctl` and `stat` whether every control holds, or the run does not count.
"Times" is the rival's time over govctl's. CPU is the controller's process with its children. Bytes
are those of the machines' network cards in both directions, a machine. There are {rounds} rounds;
in each every rival has its turn with all states, one after the other, so that what drifts is what
it wrote itself; one that takes longer than {slow:.0f} s for a state has fewer: {fewer}."""
MORE = """\
The same on more machines, one after the other in the same way: see "Hardening".
Rounds: {rounds}; of a rival that takes longer than {slow:.0f} s for a state, {fewer}."""


@dataclass(frozen=True)
class Taken:
    """What a run took, and what it sent to the machines and they to it."""

    spent: Spent
    bytes: int


@dataclass
class Field:
    """The machines, what is set on them, and what each run took."""

    hosts: Hosts
    folder: Path
    every: tuple[Control, ...]

    def measured(self, state: str, count: int, run: Callable[[int], Spent]) -> Taken:
        """Bring so many machines into a state, run, and see that every control holds."""
        machines = sorted(self.hosts.machines, key=lambda name: int(name.rpartition("-")[2]))
        some = machines[:count]  # those that `Hosts.some` gives the addresses of
        if state == "cold":
            self._inside(some, weaken(self.every, whole=True))
        elif state in ("drifted", FEW):
            drifted = some[: count // 10] if state == FEW else some
            self._inside(drifted, weaken(self.every[::10], whole=False))
        before = self.hosts.counters()
        spent = run(count)
        moved = self.hosts.counters().since(before)
        left = set(self._inside(some, witness(self.every)))
        assert not left, left
        return Taken(spent, moved.sent + moved.received)

    def _inside(self, machines: list[str], script: str) -> list[str]:
        def inside(machine: str) -> str:
            return subprocess.run(
                ["lxc", "exec", machine, "--", "sh"],
                input=script, text=True, check=True, capture_output=True, timeout=120,
            ).stdout  # fmt: skip

        with ThreadPoolExecutor(4) as pool:
            return [line for said in pool.map(inside, machines) for line in said.splitlines()]

    def govctl(self, count: int) -> Spent:
        targets = self.folder / "targets"
        some = self.hosts.some(count).values()
        targets.write_text("".join(f"ssh://{one.user}@{one.host}\n" for one in some))
        wanted = ",".join(sorted({one.check for one in self.every}))
        words = ["harden", "--targets", targets, *self.hosts.way, "--checks", wanted]
        return spend([*GOVCTL, *words, "--output", self.folder / "hardened.txt"])

    def ansible(self, count: int) -> Spent:
        some = self.hosts.some(count).values()
        inventory = self.folder / "inventory.json"
        ssh = f"-F {self.hosts.ssh_config()} -o ControlMaster=auto -o ControlPersist=60s"
        group = {
            "hosts": {one.host: {} for one in some},
            "vars": {
                "ansible_user": next(iter(some)).user,
                "ansible_ssh_private_key_file": str(self.hosts.key),
                "ansible_python_interpreter": "/usr/bin/python3",
                "ansible_ssh_args": ssh,
                **as_data(self.every),
            },
        }
        inventory.write_text(json.dumps({"all": group}))
        program = Path(sys.executable).with_name("ansible-playbook")
        tuned = {"ANSIBLE_PIPELINING": "1", "ANSIBLE_FORKS": str(FORKS), "ANSIBLE_NOCOLOR": "1"}
        words = [f"{name}={value}" for name, value in tuned.items()]
        return spend(["env", *words, program, "-i", inventory, ROOM / "loops.yml"], (0,))

    def pyinfra(self, count: int, program: Path) -> Spent:
        given = self.folder / "controls.json"
        data = as_data(self.every)
        for row in data["mode"]:
            row["directory"] = "yes" if row["name"].endswith((".d", "ly")) else ""
        given.write_text(json.dumps(data))
        some = list(self.hosts.some(count).values())
        settings = {
            "ssh_user": some[0].user,
            "ssh_key": str(self.hosts.key),
            "ssh_known_hosts_file": str(self.hosts.known_hosts),
            "ssh_strict_host_key_checking": "yes",
            "_sudo": True,
            "controls": str(given),
        }
        inventory = self.folder / "inventory.py"
        inventory.write_text(f"hosts = ({[one.host for one in some]!r}, {settings!r})\n")
        return spend([program, "-y", "--limit", "hosts", inventory, ROOM / "deploy.py"], (0,))


@pytest.fixture
def field(tmp_path: Path, hardened: tuple[int, ...]) -> Iterator[Field]:
    with images.router() as image:
        hosts = Hosts(tmp_path, image, LIMITS)
        try:
            hosts.start(max(hardened))
            yield Field(hosts, tmp_path, controls())
        finally:
            hosts.remove()


def test_harden(
    tmp_path: Path,
    publish: Publisher,
    field: Field,
    hardened: tuple[int, ...],
    pytestconfig: pytest.Config,
) -> None:
    program = _pyinfra(tmp_path / "rival")
    runs: dict[str, Callable[[int], Spent]] = {
        "govctl": field.govctl,
        "Ansible": field.ansible,
        "pyinfra": partial(field.pyinfra, program=program),
    }
    several = min((count for count in hardened if count >= SEVERAL), default=None)
    kinds = {kind: len(found) for kind, found in as_data(field.every).items()}
    fewer: int = pytestconfig.getoption("--slow-rounds")
    about = ABOUT.format(
        count=len(field.every), **kinds, ansible=_ansible_version(), forks=FORKS, pyinfra=PYINFRA,
        rounds=ROUNDS, slow=SLOW, fewer=fewer,
    )  # fmt: skip
    more = MORE.format(rounds=ROUNDS, slow=SLOW, fewer=fewer)
    for heading, said, counts in (
        ("Hardening", about, [count for count in hardened if count < MANY]),
        ("Hardening: many machines", more, [count for count in hardened if count >= MANY]),
    ):
        facts, rows = machine_facts(), []
        for count in counts:
            states = (*STATES, FEW) if count == several and count < MANY else STATES
            taken = _in_turns(field, count, states, runs, fewer)
            rows += [_row(count, state, taken[state]) for state in states]
        if rows:
            publish(heading, said, facts, table(HEADER, rows))


def _in_turns(
    field: Field,
    count: int,
    states: Sequence[str],
    runs: Mapping[str, Callable[[int], Spent]],
    fewer: int,
) -> dict[str, dict[str, list[Taken]]]:
    """State → rival → what its rounds took; every other round goes backwards."""
    taken: dict[str, dict[str, list[Taken]]] = {one: {name: [] for name in runs} for one in states}
    slow: set[str] = set()
    for number in range(ROUNDS):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            for state in states if name not in slow or number < fewer else ():
                rest()
                found = field.measured(state, count, runs[name])
                taken[state][name].append(found)
                print(f"{count} {state} {name}: {found.spent.seconds:.1f} s", flush=True)
            if any(taken[state][name][0].spent.seconds > SLOW for state in states):
                slow.add(name)
    return taken


def _row(count: int, state: str, taken: Mapping[str, Sequence[Taken]]) -> list[str]:
    times = {name: Times(tuple(one.spent.seconds for one in found))
             for name, found in taken.items()}  # fmt: skip
    ours = times["govctl"].median
    loops, pyinfra = times["Ansible"].median / ours, times["pyinfra"].median / ours
    goal = GOALS[state]
    return [
        str(count),
        state,
        *(one.text() for one in times.values()),
        *(f"{statistics.median(one.spent.cpu for one in found):.1f} s" for found in taken.values()),
        *(f"{statistics.median(one.bytes for one in found) / count / 1000:.0f} kB"
          for found in taken.values()),
        f"{loops:.1f}",
        f"{pyinfra:.1f}",
        f"≥ {goal:g}: {verdict(loops >= goal)}",
    ]  # fmt: skip


def _pyinfra(folder: Path) -> Path:
    """Installed into an environment of its own: no part of the project needs it."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
    install: list[str | Path] = [folder / "bin" / "pip", "install", "--quiet", PYINFRA]
    subprocess.run(install, check=True, timeout=600)
    return folder / "bin" / "pyinfra"


def _ansible_version() -> str:
    return (
        version_of(str(Path(sys.executable).with_name("ansible-playbook")), "--version").partition(
            "]"
        )[0]
        + "]"
    )
