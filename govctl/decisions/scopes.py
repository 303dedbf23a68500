"""Places in an estate, and who may decide for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping

from govctl.decisions.model import Scope
from govctl.decisions.source import WHOLE, NodeSource
from govctl.estate.model import Estate, Machine
from govctl.estate.show import subtree

Wrong = Callable[[str, str, Collection[str]], None]
"""Told of a value that nothing in the estate has: key, value, and what there is."""


def scope_of(estate: Estate, node: NodeSource, wrong: Wrong) -> Scope | None:
    """The place that a node means; None if a value is unknown, which `wrong` was told then."""
    given = node.given()
    is_known = True
    machines = list(estate.machines)
    for key, value in given.items():
        known = _known(estate, key)
        if value not in known:
            wrong(key, value, known)
            is_known = False
            continue
        inside = subtree(estate, value) if key == "unit" else {value}
        machines = [machine for machine in machines if _values(estate, machine, key) & inside]
    if not is_known:
        return None
    units = {unit for machine in machines for unit in _units_of(estate, machine)}
    if "unit" in given:
        units.add(given["unit"])
    if not given:
        units |= {unit.id for unit in estate.units if unit.parent is None}
    text = " ".join(f"{key}={value}" for key, value in given.items()) or WHOLE
    return Scope(text, frozenset(machine.id for machine in machines), frozenset(units))


def units_above(estate: Estate, units: Collection[str]) -> tuple[str, ...]:
    """Units whose persons may approve for all of these, nearest first; they need not be named."""
    paths = [estate.path_of(_seat(estate, one))[:-1] for one in units]
    common = [one for one in paths[0] if all(one in path for path in paths)] if paths else []
    return tuple(reversed(common))


def may_approve(estate: Estate, name: str, unit: str, units: Collection[str]) -> bool:
    """True for somebody of a unit above all of these, or whom the estate names for one of them.

    An agency acts at the level of the unit it belongs to, and so not above it.
    """
    mine = _seat(estate, unit)
    if mine in units_above(estate, units):
        return True
    is_named = any(one.unit == unit and same_name(one.name, name) for one in estate.approvers)
    return is_named and all(mine in estate.path_of(_seat(estate, one)) for one in units)


def may_attest(estate: Estate, unit: str, machines: Collection[str]) -> bool:
    """True for a unit at or above each of these machines, or that owns or operates their system."""
    mine = _seat(estate, unit)
    for name in machines:
        machine = estate.machine(name)
        own = {machine.unit}
        if machine.system is not None:
            system = estate.system(machine.system)
            own |= {system.owner, system.operator}
        if not any(unit == one or mine in estate.path_of(_seat(estate, one)) for one in own):
            return False
    return True


def same_name(one: str, other: str) -> bool:
    """True for the same name, however it is composed, spaced or capitalised."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _seat(estate: Estate, unit: str) -> str:
    """The unit of government that a unit belongs to: itself, or the nearest above with a tier."""
    path = estate.path_of(unit)
    return next((one for one in reversed(path) if estate.unit(one).tier is not None), path[0])


def _units_of(estate: Estate, machine: Machine) -> set[str]:
    own = {machine.unit}
    return own if machine.system is None else own | {estate.system(machine.system).owner}


def _values(estate: Estate, machine: Machine, key: str) -> set[str]:
    """What a machine is under a key; a zone has its kind and its own name."""
    if key == "zone":
        zone = estate.zone(machine.interfaces[0].zone)
        return {zone.kind, zone.id}
    if key == "tier":
        return {estate.unit(_seat(estate, machine.unit)).tier or ""}
    own: Mapping[str, str | None] = {
        "unit": machine.unit,
        "site": machine.site,
        "role": machine.role,
        "system": machine.system,
        "machine": machine.id,
    }
    return {own[key] or ""}


def _known(estate: Estate, key: str) -> set[str]:
    if key == "unit":
        return {unit.id for unit in estate.units}
    if key == "tier":
        return set(estate.tiers)
    return {value for machine in estate.machines for value in _values(estate, machine, key)} - {""}
