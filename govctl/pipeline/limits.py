"""Which machines a command is about: `--unit` and `--limit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from govctl.errors import UsageError
from govctl.estate.model import Estate, Machine
from govctl.estate.show import machines_of, resolve_unit
from govctl.texts import _

Value = Callable[[Estate, Machine], str | None]

KEYS: Mapping[str, Value] = {
    "tier": lambda estate, machine: _tier(estate, machine.unit),
    "unit": lambda estate, machine: machine.unit,
    "site": lambda estate, machine: machine.site,
    "zone": lambda estate, machine: estate.zone(machine.interfaces[0].zone).kind,
    "role": lambda estate, machine: machine.role,
    "system": lambda estate, machine: machine.system,
    "machine": lambda estate, machine: machine.id,
}


def chosen_machines(
    estate: Estate, units: Sequence[str], limits: Sequence[str]
) -> tuple[Machine, ...]:
    """The machines that every `--limit` and any `--unit` names; all of them without either.

    Values of one key are alternatives. UsageError for an unknown key, for a value that no machine
    of the estate has, or if nothing is left.
    """
    machines = list(estate.machines)
    if units:
        found = {m.id for unit in units for m in machines_of(estate, resolve_unit(estate, unit).id)}
        machines = [machine for machine in machines if machine.id in found]
    for key, given in _by_key(limits).items():
        wanted = _known(estate, key, given)
        machines = [machine for machine in machines if KEYS[key](estate, machine) in wanted]
    if not machines:
        raise UsageError(
            _("no machine is left"), hint=_("keys of --limit: {keys}", keys=", ".join(KEYS))
        )
    return tuple(machines)


def _by_key(limits: Sequence[str]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for limit in limits:
        key, equals, value = limit.partition("=")
        if not equals or key not in KEYS:
            raise UsageError(
                _('"{limit}" is no limit', limit=limit),
                hint=_("write KEY=VALUE; keys: {keys}", keys=", ".join(KEYS)),
            )
        wanted.setdefault(key, set()).update(value.split(","))
    return wanted


def _known(estate: Estate, key: str, given: set[str]) -> set[str]:
    """The values, each of which some machine has: a misspelt one must not go unnoticed."""
    if key == "unit":
        given = {resolve_unit(estate, value).id for value in given}
    there = {KEYS[key](estate, machine) for machine in estate.machines} - {None}
    known = sorted(str(value) for value in there)
    for value in sorted(given - there):
        near = get_close_matches(value, known, 1)
        hint = _("did you mean {name}?", name=near[0]) if near else None
        raise UsageError(
            _("no machine has {key}={value}", key=key, value=value),
            hint=hint or _("known are: {names}", names=", ".join(known)),
        )
    return given


def _tier(estate: Estate, unit: str) -> str | None:
    """The tier of a unit; an agency belongs to its parent's."""
    for name in reversed(estate.path_of(unit)):
        if estate.unit(name).tier is not None:
            return estate.unit(name).tier
    return None
