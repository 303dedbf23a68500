"""SELinux: now and at the next boot."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, passed
from policies.model import Verdict
from scanners.host.facts.selinux import Selinux


class StateArgs(Args):
    """States of which SELinux must be in one: enforcing, permissive."""

    states: tuple[str, ...]


@family("selinux.state", needs=(Selinux,), args=StateArgs)
def state(args: StateArgs, selinux: Selinux) -> Verdict:
    """SELinux runs in one of these states, and will after the next boot."""
    evidence = [f"running: {selinux.running or '-'}",
                f"/etc/selinux/config: SELINUX={selinux.state or '-'}"]  # fmt: skip
    asked = " | ".join(args.states)
    if selinux.running is not None and selinux.running not in args.states:
        return failed(msg("SELinux is {found}, not {wanted}", found=selinux.running,
                          wanted=asked), evidence)  # fmt: skip
    if selinux.state not in args.states:
        return failed(msg("SELinux will be {found} after the next boot, not {wanted}",
                          found=selinux.state or "-", wanted=asked), evidence)  # fmt: skip
    return passed(msg("SELinux is {found}", found=selinux.state), evidence)


class PolicyArgs(Args):
    """Names of policies of which one must be loaded."""

    policies: tuple[str, ...]


@family("selinux.policy", needs=(Selinux,), args=PolicyArgs)
def policy(args: PolicyArgs, selinux: Selinux) -> Verdict:
    """SELinux loads one of these policies."""
    evidence = [f"/etc/selinux/config: SELINUXTYPE={selinux.policy or '-'}"]
    if selinux.policy in args.policies:
        return passed(msg("SELinux loads the policy {found}", found=selinux.policy), evidence)
    return failed(msg("SELinux loads the policy {found}, not {wanted}",
                      found=selinux.policy or "-", wanted=" | ".join(args.policies)),
                  evidence)  # fmt: skip
