"""AppArmor: modes of profiles, and processes outside of theirs."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, listed, passed
from policies.model import Verdict
from scanners.host.facts.apparmor import AppArmor


class ProfilesArgs(Args):
    """Modes that a loaded profile may have."""

    modes: tuple[str, ...]
    mode: str = ""
    """The one that a profile out of these modes should get; it decides nothing here."""


@family("apparmor.profiles", needs=(AppArmor,), args=ProfilesArgs)
def profiles(args: ProfilesArgs, apparmor: AppArmor) -> Verdict:
    """Every AppArmor profile is in one of these modes, and what has a profile runs in it."""
    if not apparmor.enabled:
        return failed(msg("AppArmor is not enabled in the running kernel"))
    if not apparmor.profiles:
        return failed(msg("AppArmor has no profile loaded"))
    loose = [f"{name} ({mode})" for name, mode in sorted(apparmor.profiles.items())
             if mode not in args.modes]  # fmt: skip
    if loose:
        return failed(msg("{count} profiles are in another mode: {names}", count=len(loose),
                          names=listed(loose)), loose)  # fmt: skip
    if apparmor.unconfined:
        return failed(msg("running unconfined although they have a profile: {names}",
                          names=listed(apparmor.unconfined)), apparmor.unconfined)  # fmt: skip
    return passed(msg("{count} profiles are in {modes}", count=len(apparmor.profiles),
                      modes=" | ".join(args.modes)))  # fmt: skip
