"""Units of systemd: what the next boot starts, and what runs."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, listed, none_of, not_evaluated, passed
from policies.families.software import in_database
from policies.model import Verdict
from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.model import Missing

_OFF = ("disabled", "masked", "masked-runtime", "not-found")


class ServiceArgs(Args):
    """A service's packages, and the units that would run it."""

    packages: tuple[str, ...]
    units: tuple[str, ...]


@family("services.unused", needs=(Units,), helps=(Packages,), args=ServiceArgs)
def unused(args: ServiceArgs, units: Units, packages: Packages | Missing) -> Verdict:
    """A service is not installed, or can at least not start."""
    every = [units.units[name] for name in args.units if name in units.units]
    # Another name starts nothing that the unit of which it is a name does not.
    known = [unit for unit in every if unit.enabled != "alias" or unit.is_active] or every
    found = [] if isinstance(packages, Missing) else in_database(packages, args.packages)
    if isinstance(packages, Missing) and not known:
        return not_evaluated(packages.reason)
    if not isinstance(packages, Missing) and not found:
        foreign = [_state(unit) for unit in known if _runs_unpackaged(unit, units)]
        return none_of(
            foreign,
            msg("not installed: {packages}", packages=", ".join(args.packages)),
            msg("no package brought it, yet it is able to start: {names}"),
        )
    running = [_state(unit) for unit in known if unit.enabled not in _OFF or _comes_up(unit)]
    if running:
        return failed(msg("installed and able to start: {names}", names=listed(running)),
                      [*found, *running])  # fmt: skip
    return passed(msg("installed, but off: {names}", names=listed(found or map(_state, known))),
                  [*found, *map(_state, known)])  # fmt: skip


def _comes_up(unit: Unit) -> bool:
    """True if it runs, or if a boot starts it or what triggers it, whatever its own state."""
    return unit.is_active or unit.boot in ("started", "triggered")


def _runs_unpackaged(unit: Unit, units: Units) -> bool:
    """True for a service from elsewhere. A package that was removed may leave links and an init
    script behind, which start nothing."""
    pulled = unit.enabled == "enabled" and unit.boot != "never"
    return unit.is_active or (units.whole and pulled)


def _state(unit: Unit) -> str:
    return f"{unit.name} {unit.enabled} {unit.active or '-'}"


class UnitArgs(Args):
    """Units of which one must start at boot and (on a running host) run."""

    units: tuple[str, ...]
    running: bool = True
    """False for a unit that does its work and ends, like a timer's service."""


@family("units.enabled", needs=(Units,), args=UnitArgs)
def enabled(args: UnitArgs, units: Units) -> Verdict:
    """A service starts at boot and runs."""
    known = [units.units[name] for name in args.units if name in units.units]
    evidence = [_state(unit) for unit in known]
    if not known and not units.whole:
        return _unknown(args.units)
    if not known:
        return failed(msg("no such unit: {names}", names=", ".join(args.units)))
    started = [unit for unit in known if unit.starts_at_boot]
    if not started:
        unlinked = [unit.name for unit in known if unit.enabled == "enabled"]
        if unlinked:
            return failed(msg("enabled, but nothing that a boot starts pulls it in: {names}",
                              names=listed(unlinked)), evidence)  # fmt: skip
        return failed(msg("not started at boot: {names}", names=listed(evidence)), evidence)
    asked = [unit for unit in started if unit.active is not None]
    if args.running and asked and not any(unit.is_active for unit in asked):
        return failed(msg("started at boot, but not running: {names}", names=listed(evidence)),
                      evidence)  # fmt: skip
    return passed(msg("starts at boot: {names}", names=listed(evidence)), evidence)


@family("units.disabled", needs=(Units,), args=UnitArgs)
def disabled(args: UnitArgs, units: Units) -> Verdict:
    """Units do not start at boot and do not run."""
    known = [units.units[name] for name in args.units if name in units.units]
    on = [_state(unit) for unit in known
          if unit.enabled not in (*_OFF, "static", "indirect") or _comes_up(unit)]  # fmt: skip
    if not known and not units.whole:
        return _unknown(args.units)
    return none_of(
        on,
        msg("off: {units}", units=", ".join(args.units)),
        msg("able to start: {names}"),
    )


def _unknown(names: tuple[str, ...]) -> Verdict:
    return not_evaluated(
        msg("the units of packages are not among these files: {units}", units=", ".join(names))
    )
