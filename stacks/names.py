"""The names that machines and services have in the estate's domain."""

from __future__ import annotations

from govctl.errors import GovctlError
from govctl.estate.catalogue import shipped_catalogue
from govctl.estate.model import Component, Estate, Machine, System
from govctl.texts import _
from stacks.templating import Safe, fqdn, label


class MissingServiceError(GovctlError):
    """The estate has no system of a catalogue entry that its machines lean on."""

    exit_code = 2


def machine_name(machine: Machine, estate: Estate) -> Safe:
    """`portal-web-1.phu-tho.internal`."""
    return fqdn(f"{label(machine.id)}.{estate.domain}")


def component_name(system: System, component: Component, estate: Estate) -> Safe:
    """`web.portal.phu-tho.internal`: every machine of the component answers to it."""
    return fqdn(f"{label(component.id)}.{label(system.id)}.{estate.domain}")


def service(estate: Estate, entry: str, component: str) -> tuple[System, Component]:
    """The first system of a catalogue entry, and its component; else MissingServiceError."""
    for system in estate.systems:
        if system.catalogue == entry:
            for one in system.components:
                if one.id == component:
                    return system, one
    raise MissingServiceError(
        _("the estate has no system of the catalogue entry {entry}", entry=f"{entry}.{component}")
    )


def service_name(estate: Estate, entry: str, component: str) -> Safe:
    """The name of a service, e.g. `sip.conference.phu-tho.internal`."""
    return component_name(*service(estate, entry, component), estate)


def service_machines(estate: Estate, entry: str, component: str) -> tuple[Machine, ...]:
    """The machines of a service that govctl makes or knows."""
    return tuple(estate.machine(name) for name in service(estate, entry, component)[1].machines)


def place_of(machine: Machine, estate: Estate) -> tuple[System, Component] | None:
    """The system and the component that a machine is part of."""
    if machine.system is None or machine.component is None:
        return None
    system = estate.system(machine.system)
    return system, system.component(machine.component)


def names_of(machine: Machine, estate: Estate) -> tuple[Safe, ...]:
    """All names of a machine, its own first, then its component's and the alias that was set.

    A machine that existed before has its own alone: it may be of any role, and serves nobody here.
    """
    names = [machine_name(machine, estate)]
    if place := place_of(machine, estate):
        names.append(component_name(*place, estate))
    if machine.existing is None and (alias := parameter(machine, estate, "alias")):
        names.append(fqdn(f"{label(alias)}.{estate.domain}"))
    return tuple(dict.fromkeys(names))


def parameter(machine: Machine, estate: Estate, name: str) -> str:
    """What the estate sets for a machine's component, else the catalogue's default, or nothing."""
    place = place_of(machine, estate)
    if place and name in place[1].parameters:
        return place[1].parameters[name]
    known = shipped_catalogue().role(machine.role).parameters
    return known[name].default if name in known else ""
