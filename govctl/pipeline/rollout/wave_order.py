"""In which order machines are worked on, so that what goes wrong harms as little as it can.

The canary is a machine that others stand beside. Machines of one role are spread over the run, as
are those that are alone in their role; what everything else leans on is never first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from govctl.estate.model import Machine

CORE_ENTRY = "infrastructure"
"""The catalogue's entry for names, time, logs and certificates."""
_HARM = ("bridge-point", "server", "site-router", "firewall", "edge")
"""Kinds of machines by how many others lose something when one of them fails."""


@dataclass(frozen=True)
class Place:
    """Where a machine stands in the order of a run."""

    machine: Machine
    is_core: bool
    """True for routers, names, time, logs and certificates: everything leans on them."""
    is_alone: bool
    """True if no other machine of the estate has its role."""
    siblings: int
    """How many machines of the estate have its role, itself among them."""
    share: Fraction
    """How far into the run it comes: 0 for the first of its kind, below 1 for the last."""


def is_core(machine: Machine) -> bool:
    """True if everything else leans on this machine: it routes, or is one of the hub's services."""
    return machine.is_router or machine.role.partition("-")[0] == CORE_ENTRY


def places(machines: Sequence[Machine], among: Sequence[Machine]) -> list[Place]:
    """The machines in the order of the run; `among` has all that are there, worked on or not."""
    beside = Counter(machine.role for machine in among)
    groups: dict[tuple[str, ...], list[Machine]] = defaultdict(list)
    for machine in sorted(machines, key=_harm):
        groups[_group(machine, beside)].append(machine)
    found = [
        Place(machine, is_core(machine), alone, beside[machine.role], share)
        for group in groups.values()
        for machine, share, alone in _spread(group, beside)
    ]
    return sorted(found, key=lambda place: (place.share, -place.siblings, place.machine.id))


def first_places(order: Sequence[Place]) -> list[Place]:
    """The same for the first wave: the alone after the others, the core only if nothing else is."""
    harmless = [place for place in order if not place.is_core] or order
    return sorted(harmless, key=lambda place: place.is_alone)


def _group(machine: Machine, beside: Counter[str]) -> tuple[str, ...]:
    """Machines that are spread over the run together: those of one role, or all that are alone."""
    return (machine.role,) if beside[machine.role] > 1 else ()


def _spread(group: list[Machine], beside: Counter[str]) -> list[tuple[Machine, Fraction, bool]]:
    alone = beside[group[0].role] < 2
    late = int(alone or is_core(group[0]))
    count = len(group) + late
    return [(machine, Fraction(i + late, count), alone) for i, machine in enumerate(group)]


def _harm(machine: Machine) -> tuple[bool, int, str]:
    return is_core(machine), _HARM.index(machine.kind), machine.id
