"""The packet filter by the program that manages it: nftables, and what is common to all."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import family
from policies.families._entrances import (
    NAMES,
    HooksArgs,
    PreferredArgs,
    ToolFamiliesArgs,
    entrances,
    not_due_for,
)
from policies.families._packet import Packet
from policies.families._verdicts import failed, listed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Units
from scanners.host.facts.ufw import Ufw

_LOOPBACK = {"ip": "127.0.0.1", "ip6": "::1"}


@family("filter.table", needs=(Units, Ufw, Firewall), args=PreferredArgs)
def table(args: PreferredArgs, units: Units, ufw: Ufw, firewall: Firewall) -> Verdict:
    """nftables has a table for the rules."""
    away = not_due_for("nftables", args, units, ufw)
    if away is not None:
        return away
    if firewall.tables:
        return passed(msg("tables: {names}", names=listed(firewall.tables)), firewall.tables)
    return failed(msg("nftables has no table"))


@family("filter.base-chains", needs=(Units, Ufw, Firewall), args=HooksArgs)
def base_chains(args: HooksArgs, units: Units, ufw: Ufw, firewall: Firewall) -> Verdict:
    """A base chain of nftables stands at each of these hooks."""
    away = not_due_for("nftables", args, units, ufw)
    if away is not None:
        return away
    stored = firewall.running is None
    chains = firewall.file_chains if firewall.running is None else firewall.running
    evidence = [f"{one.family} {one.table} {one.name}: hook {one.hook}" for one in chains]
    lacking = [hook for hook in args.hooks if hook not in {one.hook for one in chains}]
    if lacking:
        return failed(msg("no base chain at: {names}", names=", ".join(lacking)), evidence)
    where = "/etc/nftables.conf" if stored else "nft list ruleset"
    return passed(msg("base chains at: {names} ({where})", names=", ".join(args.hooks),
                      where=where), evidence)  # fmt: skip


@family("filter.permanent", needs=(Units, Ufw, Firewall), args=HooksArgs)
def permanent(args: HooksArgs, units: Units, ufw: Ufw, firewall: Firewall) -> Verdict:
    """The file that nftables loads at boot has the base chains that are in force."""
    away = not_due_for("nftables", args, units, ufw)
    if away is not None:
        return away
    if firewall.file is None:
        return failed(msg("there is no {path}", path="/etc/nftables.conf"))
    stored = {(one.hook, one.policy) for one in firewall.file_chains}
    evidence = [f"{one.family} {one.table} {one.name}: hook {one.hook} policy {one.policy}"
                for one in firewall.file_chains]  # fmt: skip
    lacking = [hook for hook in args.hooks if hook not in {one for one, _ in stored}]
    if lacking:
        return failed(msg("the file for the next boot has no base chain at: {names}",
                          names=", ".join(lacking)), evidence)  # fmt: skip
    lost = sorted({f"{one.hook} policy {one.policy}" for one in firewall.running or ()
                   if one.hook in args.hooks and one.policy == "drop"
                   and (one.hook, one.policy) not in stored})  # fmt: skip
    if lost:
        return failed(msg("in force now, but not in the file for the next boot: {names}",
                          names=", ".join(lost)), evidence)  # fmt: skip
    return passed(msg("the file for the next boot has base chains at: {names}",
                      names=", ".join(args.hooks)), evidence)  # fmt: skip


@family("filter.loopback", needs=(Units, Ufw, Firewall, Iptables), args=ToolFamiliesArgs)
def loopback(
    args: ToolFamiliesArgs, units: Units, ufw: Ufw, firewall: Firewall, iptables: Iptables
) -> Verdict:
    """The machine talks to itself, and nobody else can use its own address."""
    away = not_due_for(args.tool, args, units, ufw)
    if away is not None:
        return away
    for one in args.families:
        chains = entrances(args.tool, one, firewall, iptables, ufw)
        if chains is None:
            return not_evaluated(msg("needs a running system, and this is a tree of files"))
        evidence = [f"{entrance.name}: policy {entrance.policy}" for entrance in chains]
        own = Packet(one, True, _LOOPBACK[one])
        if any(entrance.may(own) != {"accept"} for entrance in chains):
            return failed(msg("{family}: what comes in by lo is not always accepted",
                              family=NAMES[one]), evidence)  # fmt: skip
        forged = Packet(one, False, _LOOPBACK[one])
        if not any(entrance.may(forged) == {"drop"} for entrance in chains):
            return failed(
                msg("{family}: no rule drops what claims to come from {address} before another "
                    "accepts it", family=NAMES[one], address=_LOOPBACK[one]),
                evidence,
            )  # fmt: skip
    return passed(msg("lo is open, and its addresses are refused elsewhere ({families})",
                      families=", ".join(NAMES[one] for one in args.families)))  # fmt: skip
