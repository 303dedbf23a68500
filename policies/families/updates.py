"""Security updates that come in by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, passed
from policies.model import Verdict
from scanners.host.facts.software import Packages, Units

_TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
_ORIGINS = ("unattended-upgrade::origins-pattern", "unattended-upgrade::allowed-origins")


class OriginArgs(Args):
    """A word that an allowed origin must have, in any case."""

    origin: str


@family("updates.automatic", needs=(Packages, Units), args=OriginArgs)
def automatic(args: OriginArgs, packages: Packages, units: Units) -> Verdict:
    """apt fetches and installs security updates every few days."""
    apt = {key.lower(): values for key, values in packages.apt.items()}
    evidence = [f"APT::Periodic::{name} {_last(apt, name)}"
                for name in ("Enable", "Update-Package-Lists", "Unattended-Upgrade")]  # fmt: skip
    if "unattended-upgrades" not in packages.versions:
        return failed(msg("not installed: {packages}", packages="unattended-upgrades"), evidence)
    idle = [
        name for name in ("Update-Package-Lists", "Unattended-Upgrade") if not _is_due(apt, name)
    ]
    if _last(apt, "Enable", "1") == "0" or idle:
        return failed(msg("apt does not do this by itself: {names}",
                          names=", ".join(idle) or "Enable"), evidence)  # fmt: skip
    origins = [value for key in _ORIGINS for value in apt.get(key, ())]
    if not any(args.origin.lower() in origin.lower() for origin in origins):
        return failed(msg("no allowed origin has {wanted}", wanted=args.origin), origins)
    known = {name: units.units[name] for name in _TIMERS if name in units.units}
    still = [name for name in _TIMERS if name not in known or not known[name].starts_at_boot
             or known[name].active not in (None, "active")]  # fmt: skip
    if still:
        return failed(msg("timers that do not run: {names}", names=", ".join(still)), evidence)
    return passed(msg("security updates come in by themselves"), [*evidence, *origins])


def _last(apt: Mapping[str, tuple[str, ...]], name: str, otherwise: str = "0") -> str:
    values = apt.get(f"apt::periodic::{name.lower()}", ())
    return values[-1] if values and values[-1] else otherwise


def _is_due(apt: Mapping[str, tuple[str, ...]], name: str) -> bool:
    """An interval of apt.systemd.daily: days, `12h`, `always`; 0 is never."""
    match = re.fullmatch(r"0*([0-9]{0,6})[smhd]?", _last(apt, name))
    return _last(apt, name) == "always" or bool(match and match[1])
