"""The packet filter by the program that manages it: nftables, and what is common to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

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
from policies.families.units import UnitArgs, enabled
from policies.model import Verdict
from scanners.host.facts.firewall import Chain, Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Units
from scanners.host.facts.ufw import Ufw
from scanners.host.model import Missing

_LOADER = "nftables.service"
_LOOPBACK = {"ip": "127.0.0.1", "ip6": "::1"}


class TableArgs(PreferredArgs):
    """The table that there must be (empty: any)."""

    address_family: str = ""
    table: str = ""


class ChainsArgs(HooksArgs):
    """Base chains; the table and its family where they must be in one (empty: any)."""

    address_family: str = ""
    table: str = ""
    types: tuple[str, ...] = ("filter",)
    policies: tuple[str, ...] = ()
    """For each hook: `drop` if it must, else anything."""
    names: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    """How a chain is called and when its turn comes decide nothing: they are not judged."""


@family("filter.table", needs=(Ufw, Firewall), helps=(Units,), args=TableArgs)
def table(args: TableArgs, ufw: Ufw, firewall: Firewall, units: Units | Missing) -> Verdict:
    """nftables has a table for the rules."""
    away = _not_due(args, units, ufw, firewall)
    if away is not None:
        return away
    if firewall.running is None and _is_unloaded(units):
        return _UNLOADED
    asked = [args.address_family, args.table]
    if firewall.tables and any(
        all(want in ("", have) for want, have in zip(asked, one.split(" "), strict=True))
        for one in firewall.tables
    ):
        return passed(msg("tables: {names}", names=listed(firewall.tables)), firewall.tables)
    if firewall.tables:
        return failed(msg("nftables has no table {name}", name=" ".join(filter(None, asked))),
                      firewall.tables)  # fmt: skip
    return failed(msg("nftables has no table"))


def _not_due(
    args: PreferredArgs,
    units: Units | Missing,
    ufw: Ufw,
    firewall: Firewall,
    tool: str = "nftables",
) -> Verdict | None:
    """A part of a tree has no units: then its file is judged as the one that is loaded."""
    if isinstance(units, Missing):
        if firewall.running is not None:
            return not_evaluated(units.reason)
        units = Units({})
    return not_due_for(tool, args, units, ufw)


@family("filter.base-chains", needs=(Ufw, Firewall), helps=(Units,), args=ChainsArgs)
def base_chains(args: ChainsArgs, ufw: Ufw, firewall: Firewall, units: Units | Missing) -> Verdict:
    """A base chain of nftables stands at each of these hooks."""
    away = _not_due(args, units, ufw, firewall)
    if away is not None:
        return away
    stored = firewall.running is None
    if stored and _is_unloaded(units):
        return _UNLOADED
    chains = [one for one in (firewall.file_chains if stored else firewall.running or ())
              if args.address_family in ("", one.family)
              and args.table in ("", one.table)
              and one.kind in args.types]  # fmt: skip
    lacking = _uncovered(args.hooks, chains, one_family=args.address_family)
    for hook, policy in zip(args.hooks, args.policies, strict=False):
        closed = [one for one in chains if one.hook == hook and one.policy == "drop"]
        if policy == "drop" and hook not in lacking and not closed:
            lacking.append(f"{hook} (drop)")
    if lacking:
        return failed(msg("no base chain at: {names}", names=", ".join(lacking)), _shown(chains))
    where = "/etc/nftables.conf" if stored else "nft list ruleset"
    return passed(msg("base chains at: {names} ({where})", names=", ".join(args.hooks),
                      where=where), _shown(chains))  # fmt: skip


_UNLOADED = failed(msg("{unit} does not load {path} at the next boot", unit=_LOADER,
                       path="/etc/nftables.conf"))  # fmt: skip


def _is_unloaded(units: Units | Missing) -> bool:
    """True if it is known that the next boot does not load the file: its rules are only text."""
    if isinstance(units, Missing) or not units.whole:
        return False
    return enabled(UnitArgs(units=(_LOADER,), running=False), units).status != "pass"


def _uncovered(hooks: Sequence[str], chains: Sequence[Chain], *, one_family: str = "") -> list[str]:
    """Hooks where IPv4 or IPv6 (or the one family that is asked for) passes no base chain."""
    lacking = []
    for hook in hooks:
        families = {one.family for one in chains if one.hook == hook and one.kind == "filter"}
        if one_family in families:
            continue
        if "inet" not in families and not {"ip", "ip6"} <= families:
            lacking.append(hook)
    return lacking


def _shown(chains: Sequence[Chain]) -> list[str]:
    return [f"{one.family} {one.table} {one.name}: {one.kind} hook {one.hook} policy {one.policy}"
            for one in chains]  # fmt: skip


class FileArgs(HooksArgs):
    """The file that is to be loaded at boot, and the family of the base chains (empty: any)."""

    file: str = "/etc/nftables.conf"
    address_family: str = ""


def _other_file(path: str) -> Verdict | None:
    if path == "/etc/nftables.conf":
        return None
    return not_evaluated(msg("nftables.service loads {path}; {other} was not read",
                             path="/etc/nftables.conf", other=path))  # fmt: skip


@family("filter.permanent", needs=(Ufw, Firewall), helps=(Units,), args=FileArgs)
def permanent(args: FileArgs, ufw: Ufw, firewall: Firewall, units: Units | Missing) -> Verdict:
    """The file that nftables loads at boot has the base chains that are in force."""
    away = _not_due(args, units, ufw, firewall) or _other_file(args.file)
    if away is not None:
        return away
    if firewall.file is None:
        return failed(msg("there is no {path}", path="/etc/nftables.conf"))
    if _is_unloaded(units):
        return _UNLOADED
    kept = [one for one in firewall.file_chains if args.address_family in ("", one.family)]
    lacking = _uncovered(args.hooks, kept, one_family=args.address_family)
    evidence = _shown(firewall.file_chains)
    if lacking:
        return failed(msg("the file for the next boot has no base chain at: {names}",
                          names=", ".join(lacking)), evidence)  # fmt: skip
    lost = _lost(firewall)
    if lost:
        return failed(msg("in force now, but not in the file for the next boot: {names}",
                          names=", ".join(lost)), evidence)  # fmt: skip
    return passed(msg("the file for the next boot has base chains at: {names}",
                      names=", ".join(args.hooks)), evidence)  # fmt: skip


def _lost(firewall: Firewall) -> list[str]:
    """Running chains that the file has otherwise, or without their rules.

    Tables that the file does not know (of containers, of fail2ban) have programs of their own that
    load them again; none of these closes the machine itself.
    """
    stored = {(one.family, one.table, one.name): one.policy for one in firewall.file_chains}
    tables = {key[:2] for key in stored}
    lost = []
    for one in firewall.running or ():
        name = f"{one.family} {one.table} {one.name}"
        if (one.family, one.table) not in tables:
            lost += [name] if one.hook == "input" and one.policy == "drop" else []
        elif stored.get((one.family, one.table, one.name)) != one.policy:
            lost.append(f"{name} policy {one.policy}")
        elif one.rules and not firewall.file_rules.get(name):
            lost.append(f"{name}: {len(one.rules)} rules")
    return lost


class LoopbackArgs(ToolFamiliesArgs):
    """The file of nftables for the next boot, and the family of its table (empty: any)."""

    file: str = "/etc/nftables.conf"
    address_family: str = ""


@family("filter.loopback", needs=(Ufw, Firewall, Iptables), helps=(Units,), args=LoopbackArgs)
def loopback(
    args: LoopbackArgs, ufw: Ufw, firewall: Firewall, iptables: Iptables, units: Units | Missing
) -> Verdict:
    """The machine talks to itself, and nobody else can use its own address."""
    away = _not_due(args, units, ufw, firewall, args.tool) or _other_file(args.file)
    if away is not None:
        return away
    # What iptables loads at the next boot is judged after what runs; of ufw one of them is enough.
    places = [iptables]
    if args.tool == "iptables" and iptables.running is not None:
        places.append(replace(iptables, running=None))
    families = [one for one in args.families if args.address_family in ("", "inet", one)]
    for place, one in product(places, families):
        chains = entrances(args.tool, one, firewall, place, ufw)
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
