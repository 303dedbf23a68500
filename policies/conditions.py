"""What a requirement hangs on (`if_dhcp`), and whether the estate or its facts prove it absent.

Absent is what nothing can be found of on any machine, or what the estate says it does not have; a
package or a socket that speaks against the estate's word counts before it. Where nothing proves
either, the requirement stays due.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Literal

from govctl.estate.model import Estate, Machine
from govctl.texts import Message, msg
from policies.requirements import FOLDER
from scanners.host.facts.software import Listener, Listeners, Packages
from scanners.host.model import HostFacts, Missing


@dataclass(frozen=True)
class Condition:
    """A row of `conditions.csv`: what shows that it holds."""

    id: str
    name: str
    """What an estate calls it under `has no`."""
    packages: frozenset[str]
    ports: frozenset[str]
    """`udp/67`: a socket of another address than the loop's."""
    model: str
    """What of the estate's description shows it: `wireless-zone`, `flow-from-internet` …"""
    text: Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """What is known of a condition."""

    status: Literal["absent", "present", "unknown"]
    reason: Message
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traces:
    """What one machine's facts say of all conditions; facts themselves are large."""

    packages: frozenset[str] | None
    """Those that a condition names; None if they are not known."""
    sockets: frozenset[str] | None
    """`tcp/25` … that answer to others; None if they are not known."""


TELLING = (Packages, Listeners)
"""The facts that `traces` reads."""


@cache
def conditions() -> Mapping[str, Condition]:
    """By id; those that decide over a whole row."""
    with (FOLDER / "conditions.csv").open(encoding="utf-8", newline="") as lines:
        return {row["condition"]: _condition(row) for row in csv.DictReader(lines)}


def _condition(row: Mapping[str, str]) -> Condition:
    return Condition(
        id=row["condition"],
        name=row["name"],
        packages=frozenset(filter(None, row["packages"].split("|"))),
        ports=frozenset(filter(None, row["ports"].split("|"))),
        model=row["model"],
        text={"en": row["en"], "vi": row["vi"]},
    )


def traces(facts: HostFacts) -> Traces:
    """What a machine shows of the conditions."""
    packages, listeners = facts.get(Packages), facts.get(Listeners)
    asked = frozenset[str]().union(*(one.packages for one in conditions().values()))
    return Traces(
        packages=None if isinstance(packages, Missing) else asked & packages.versions.keys(),
        sockets=None if isinstance(listeners, Missing) else frozenset(
            f"{one.protocol}/{one.port}" for one in listeners.sockets if _answers_others(one)
        ),
    )  # fmt: skip


def _answers_others(listener: Listener) -> bool:
    try:
        return not ip_address(listener.address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:  # `*`: every address
        return True


def proofs(
    estate: Estate, machines: Sequence[Machine], seen: Mapping[str, Traces]
) -> Mapping[str, Proof]:
    """What is known of every condition for some machines of an estate.

    `seen`: what facts show, by machine; a proof by facts needs every machine of the estate.
    """
    return {one.id: _proof(one, estate, machines, seen) for one in conditions().values()}


def _proof(
    condition: Condition, estate: Estate, machines: Sequence[Machine], seen: Mapping[str, Traces]
) -> Proof:
    found = _signs(condition, seen)
    if found:
        return Proof("present", msg("{signs} is there", signs=found[0]), tuple(found))
    declared = _declared(condition, estate, machines)
    if declared:
        return Proof("absent", msg("the estate says so: {reason}", reason=declared[0]),
                     tuple(declared))  # fmt: skip
    if condition.model:
        return _MODELS[condition.model](estate)
    if not condition.packages:
        return Proof("unknown", msg("no machine can tell, and the estate says nothing of it"))
    return _by_facts(condition, estate, seen)


def _signs(condition: Condition, seen: Mapping[str, Traces]) -> list[str]:
    return [
        f"{machine}: {sign}"
        for machine, trace in sorted(seen.items())
        for sign in sorted((condition.packages & (trace.packages or frozenset()))
                           | (condition.ports & (trace.sockets or frozenset())))
    ]  # fmt: skip


def _declared(condition: Condition, estate: Estate, machines: Iterable[Machine]) -> list[str]:
    """The reasons of the estate, if it says of each of these machines that there is none."""
    said: dict[str, None] = {}
    for machine in machines:
        entries = estate.tailoring_of(machine)
        reasons = [
            f"{one.scope}: {one.has_no[condition.name]}"
            for one in entries
            if condition.name in one.has_no
        ]
        if not reasons:
            return []
        said.update(dict.fromkeys(reasons))
    return list(said)


def _by_facts(condition: Condition, estate: Estate, seen: Mapping[str, Traces]) -> Proof:
    unknown = [
        machine.id
        for machine in estate.machines
        if machine.id not in seen
        or seen[machine.id].packages is None
        or (condition.ports and seen[machine.id].sockets is None)
    ]
    if unknown:
        few = ", ".join(unknown[:5])
        reason = msg("{count} machines were not looked at: {machines}",
                     count=len(unknown), machines=few)  # fmt: skip
        return Proof("unknown", reason)
    asked = ", ".join((*sorted(condition.packages), *sorted(condition.ports)))
    return Proof("absent", msg("on none of {count} machines: {signs}",
                               count=len(estate.machines), signs=asked))  # fmt: skip


def _wireless(estate: Estate) -> Proof:
    zones = [zone.id for zone in estate.zones if zone.kind == "wireless"]
    if zones:
        return Proof("present", msg("{signs} is there", signs=zones[0]), tuple(zones))
    reasons = sorted({f"{site.id}: {site.without['wireless']}"
                      for site in estate.sites if "wireless" in site.without})  # fmt: skip
    return Proof("absent", msg("no site of the estate has a wireless zone"), tuple(reasons))


def _from_internet(estate: Estate) -> Proof:
    flows = [flow.id for flow in estate.flows if flow.source.outside]
    return _of_flows(flows, msg("no flow of the estate comes from the Internet"))


def _with_internet(estate: Estate) -> Proof:
    flows = [flow.id for flow in estate.flows
             if flow.source.outside or flow.destination.outside]  # fmt: skip
    return _of_flows(flows, msg("no flow of the estate comes from the Internet or leads there"))


def _of_flows(flows: Sequence[str], none: Message) -> Proof:
    if not flows:
        return Proof("absent", none)
    return Proof("present", msg("the flow {flow} is open", flow=flows[0]), tuple(flows))


_MODELS: Mapping[str, Callable[[Estate], Proof]] = {
    "wireless-zone": _wireless,
    "flow-from-internet": _from_internet,
    "flow-with-internet": _with_internet,
}
