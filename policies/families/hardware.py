"""What hardware the system uses, and how."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import NoArgs, family
from policies.families._verdicts import (
    failed,
    none_of,
    not_applicable,
    not_evaluated,
    passed,
)
from policies.model import Verdict
from scanners.host.facts.hardware import Hardware

_64_BIT = frozenset({"amd64", "arm64", "ppc64el", "ppc64", "s390x", "riscv64", "loong64",
                     "mips64el", "alpha", "sparc64", "ia64"})  # fmt: skip


@family("hardware.64bit", needs=(Hardware,), args=NoArgs)
def wide(_args: NoArgs, hardware: Hardware) -> Verdict:
    """The system is built for 64 bits where the processor can."""
    evidence = [f"dpkg --print-architecture: {hardware.architecture}"]
    if hardware.architecture in _64_BIT:
        return passed(msg("the system is built for {architecture}",
                          architecture=hardware.architecture), evidence)  # fmt: skip
    if hardware.can_64bit is None:
        return not_evaluated(msg("it is not known whether the processor has 64 bits"), evidence)
    if not hardware.can_64bit:
        return not_applicable(msg("the processor has only 32 bits"), evidence)
    return failed(msg("the system is built for {architecture} although the processor has 64 bits",
                      architecture=hardware.architecture), evidence)  # fmt: skip


@family("hardware.disk-entropy", needs=(Hardware,), args=NoArgs)
def disk_entropy(_args: NoArgs, hardware: Hardware) -> Verdict:
    """Disks without moving parts are no source of randomness."""
    if hardware.disks is None:
        return not_evaluated(msg("needs a running system, and this is a tree of files"))
    return none_of(
        [f"{disk.name}: add_random=1" for disk in hardware.disks
         if not disk.rotational and disk.feeds_entropy],
        msg("no solid-state disk feeds the kernel's randomness"),
        msg("{count} solid-state disks feed the kernel's randomness: {names}"),
    )  # fmt: skip


@family("hardware.no-radio", needs=(Hardware,), args=NoArgs)
def no_radio(_args: NoArgs, hardware: Hardware) -> Verdict:
    """No wireless interface can send: there is none, or all are switched off."""
    if hardware.radios is None:
        return not_evaluated(msg("needs a running system, and this is a tree of files"))
    evidence = [f"{one.name} {'up' if one.is_up else 'down'} "
                f"{'blocked' if one.is_blocked else 'unblocked'}"
                for one in hardware.radios]  # fmt: skip
    loose = [line for line, one in zip(evidence, hardware.radios, strict=True)
             if not one.is_blocked]  # fmt: skip
    if not evidence:
        return passed(msg("there is no wireless interface"))
    return none_of(
        loose,
        msg("every wireless interface is blocked"),
        msg("{count} wireless interfaces can send: {names}"),
    )
