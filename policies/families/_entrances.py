"""Where packets come in, and when a question about one program of the packet filter is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from govctl.texts import msg
from policies.families import Args
from policies.families._packet import Packet, Rule, outcomes
from policies.families._verdicts import failed
from policies.families.choice import ToolArgs, not_due
from policies.model import Verdict
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Units
from scanners.host.facts.ufw import Ufw
from scanners.host.formats.iptables_save import Filter

Family = Literal["ip", "ip6"]
NAMES = {"ip": "IPv4", "ip6": "IPv6"}
DROPS = frozenset({"drop", "reject"})


class PreferredArgs(Args):
    """`preferred` is the program that the host should use (empty: what it uses)."""

    preferred: str = ""


class HooksArgs(PreferredArgs):
    """Netfilter hooks: input, forward, output."""

    hooks: tuple[str, ...]


class ToolFamiliesArgs(PreferredArgs):
    """The program, and the address families that it filters."""

    tool: Literal["nftables", "ufw", "iptables"]
    families: tuple[Family, ...]


@dataclass(frozen=True)
class Entrance:
    """A chain that sees what comes in, and how its jumps are followed."""

    name: str
    policy: str
    rules: Sequence[Rule]
    chains: dict[str, Sequence[Rule]]

    def may(self, packet: Packet) -> frozenset[str]:
        """What may become of a packet: accept, drop."""
        found = outcomes(self.rules, self.chains.get, packet)
        return found - {"next"} | ({self.policy} if "next" in found else frozenset())


def entrances(
    tool: str, kind: str, firewall: Firewall, iptables: Iptables, ufw: Ufw
) -> list[Entrance] | None:
    """Chains that a packet of this address family passes; None if only a running system knows."""
    if tool == "nftables":
        return _of_nftables(kind, firewall)
    if iptables.running is not None:
        held = iptables.running.get(kind)
        return [of_filter(kind, held, None)] if held else []
    held = (iptables.ufw if tool == "ufw" else iptables.stored).get(kind)
    policy = (ufw.policies or {}).get("input", "accept") if tool == "ufw" else None
    return [of_filter(kind, held, policy)] if held else []


def _of_nftables(kind: str, firewall: Firewall) -> list[Entrance] | None:
    stored = firewall.running is None
    found = []
    for chain in firewall.file_chains if firewall.running is None else firewall.running:
        if chain.hook == "input" and chain.family in (kind, "inet"):
            chains = firewall.file_jumped if stored else firewall.jumped
            start = f"{chain.family} {chain.table} "
            jumped = {key.removeprefix(start): rules for key, rules in chains.items()
                      if key.startswith(start)}  # fmt: skip
            name = f"{start}{chain.name}"
            rules = chains.get(name, ()) if stored else chain.rules
            found.append(Entrance(name, chain.policy, rules, dict(jumped)))
    return found


def of_filter(kind: str, held: Filter, policy: str | None) -> Entrance:
    """INPUT of iptables; `policy` where the rules themselves do not say it."""
    policy = "drop" if policy in DROPS else policy
    return Entrance(f"{kind} filter INPUT", policy or held.policies.get("INPUT", "accept"),
                     held.rules.get("INPUT", ()), dict(held.rules))  # fmt: skip


def not_due_for(tool: str, args: PreferredArgs, units: Units, ufw: Ufw) -> Verdict | None:
    """Why a question about this program is settled before it is asked; None if it is not."""
    asked = ToolArgs(task="filter", tool=tool, preferred=args.preferred)
    away = not_due(asked, units, ufw)
    if away is None and tool == "ufw" and not ufw.enabled:
        return failed(msg("{tool} does not start at boot", tool=tool))
    return away
