"""What the estate tells the judge about one of its machines."""

from __future__ import annotations

from collections.abc import Mapping

from govctl.estate.flow import Endpoint
from govctl.estate.model import Estate, Machine
from policies.profiles import split
from policies.tailoring import baselines_of
from policies.target import TargetContext


def context_of(
    estate: Estate,
    machine: Machine,
    *,
    values: Mapping[str, str] | None = None,
) -> TargetContext:
    """Level, baselines, profiles and traits of a machine, and what the estate sets.

    Among it are the ports that the estate's flows open on the machine, and the exceptions that its
    component needs. `values`: overrides of this run; they win.
    """
    _baselines, profiles = split(estate.baselines)
    traits = {machine.kind, machine.role} | ({"router"} if machine.is_router else set())
    return TargetContext(
        level=estate.level_of(machine),
        baselines=baselines_of(estate, machine),
        traits=frozenset(traits),
        needs={need.check: need for need in machine.needs},
        values=dict(values or {}),
        estate={"listeners_allowed": ",".join(open_ports(estate, machine)), **estate.values},
        profiles=profiles,
    )


def open_ports(estate: Estate, machine: Machine) -> tuple[str, ...]:
    """`tcp/22`, `udp/30000-30999` …: where flows of the estate end at this machine."""
    found = set()
    for flow in estate.flows:
        if _reaches(flow.destination, machine):
            for ports in flow.ports:
                span = str(ports.first)
                if ports.last != ports.first:
                    span += f"-{ports.last}"
                found.add(f"{flow.protocol}/{span}")
    return tuple(sorted(found))


def _reaches(endpoint: Endpoint, machine: Machine) -> bool:
    return any(
        interface.ipv4.ip in network
        for interface in machine.interfaces
        for network in endpoint.ipv4
    ) or any(
        interface.ipv6.ip in network
        for interface in machine.interfaces
        for network in endpoint.ipv6
    )
