"""The packet filter: what happens to packets that no rule names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from govctl.texts import msg
from policies.families import Args, family
from policies.families._packet import Packet, outcomes
from policies.families._verdicts import failed, not_evaluated, passed
from policies.families.choice import ToolArgs, not_due
from policies.families.units import UnitArgs, enabled
from policies.model import Verdict
from scanners.host.facts.firewall import Chain, Firewall
from scanners.host.facts.software import Units
from scanners.host.facts.ufw import Ufw

_LOADER = "nftables.service"
_PORTS = (1, 7, 1023, 4711, 17017, 33033, 49151, 65499)
"""Ports of which a filter would hardly accept every one by a rule of its own."""


class HookArgs(Args):
    """A netfilter hook."""

    hook: str
    file: str = "/etc/nftables.conf"
    """The file that is to be loaded at boot."""


class LoadedArgs(UnitArgs):
    """What loads the filter; `preferred` is the program that should (empty: what does)."""

    running: bool = False
    preferred: str = ""


@family("firewall.loaded", needs=(Units, Ufw), args=LoadedArgs)
def loaded(args: LoadedArgs, units: Units, ufw: Ufw) -> Verdict:
    """nftables.service starts at boot, unless another program manages the packet filter.

    The file that it loads begins with `flush ruleset`, which throws out what others loaded.
    """
    tool = ToolArgs(task="filter", tool="nftables", preferred=args.preferred)
    return not_due(tool, units, ufw) or enabled(args, units)


@family("firewall.default-drop", needs=(Firewall, Units), args=HookArgs)
def default_drop(args: HookArgs, firewall: Firewall, units: Units) -> Verdict:
    """Packets that no rule names are dropped, now and after the next boot."""
    if args.file != "/etc/nftables.conf":
        return not_evaluated(msg("nftables.service loads {path}; {other} was not read",
                                 path="/etc/nftables.conf", other=args.file))  # fmt: skip
    stored = _dropped(firewall.file_chains, args.hook, {})
    now = stored
    if firewall.running is not None:
        now = _dropped(firewall.running, args.hook, firewall.jumped)
    evidence = [_quote(chain) for chain in (*(firewall.running or ()), *firewall.file_chains)
                if chain.hook == args.hook]  # fmt: skip
    gaps = sorted({"ip", "ip6"} - now)
    if gaps:
        return failed(msg("{hook}: what no rule names is let through ({families})",
                          hook=args.hook, families=", ".join(gaps)), evidence)  # fmt: skip
    gaps = sorted({"ip", "ip6"} - stored)
    if gaps:
        return failed(msg("{hook}: dropped now, but the file for the next boot lets it through "
                          "({families})", hook=args.hook, families=", ".join(gaps)),
                      evidence)  # fmt: skip
    if enabled(UnitArgs(units=(_LOADER,), running=False), units).status != "pass":
        return failed(msg("{hook}: dropped now, but {unit} does not load the file at the next boot",
                          hook=args.hook, unit=_LOADER), evidence)  # fmt: skip
    return passed(msg("{hook}: what no rule names is dropped, now and at the next boot",
                      hook=args.hook), evidence)  # fmt: skip


def _dropped(
    chains: tuple[Chain, ...], hook: str, jumped: Mapping[str, Sequence[dict[str, Any]]]
) -> set[str]:
    """Address families of which unnamed packets are dropped: one dropping base chain is enough."""
    families: set[str] = set()
    for chain in chains:
        if chain.hook == hook and _drops(chain, jumped):
            own = {"ip", "ip6"} if chain.family == "inet" else {chain.family}
            families |= {one for one in own if not _takes_all(chain, jumped, one)}
    return families


def _takes_all(
    chain: Chain, jumped: Mapping[str, Sequence[dict[str, Any]]], packets_of: str
) -> bool:
    """True if rules that name nothing in particular (`ct state new`) accept whatever comes in."""

    def follow(name: str) -> Sequence[dict[str, Any]] | None:
        return jumped.get(f"{chain.family} {chain.table} {name}")

    return packets_of in ("ip", "ip6") and any(
        all(
            outcomes(chain.rules, follow, Packet(packets_of, False, None, port, protocol))
            == {"accept"}
            for port in _PORTS
        )
        for protocol in ("tcp", "udp")
    )


def _drops(chain: Chain, jumped: Mapping[str, Sequence[dict[str, Any]]]) -> bool:
    """True if the policy, or the last rule, drops, and no rule lets everything through first."""
    if any(_is_bare(rule, "accept") for rule in _passed(chain, jumped)):
        return False
    last = chain.rules[-1] if chain.rules else {}
    return chain.policy == "drop" or _is_bare(last, "drop", "reject")


def _passed(chain: Chain, jumped: Mapping[str, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Its rules, and those of chains that every packet is led through, at any depth."""
    rules, seen = list(chain.rules), set[str]()
    waiting = _called(chain.rules)
    while waiting:
        name = f"{chain.family} {chain.table} {waiting.pop()}"
        if name not in seen:
            seen.add(name)
            rules += jumped.get(name, ())
            waiting += _called(jumped.get(name, ()))
    return rules


def _called(rules: Sequence[dict[str, Any]]) -> list[str]:
    """Chains that a bare `jump` or `goto` leads every packet through."""
    names = []
    for rule in rules:
        for statement in rule.get("expr", []) if _is_bare(rule, "jump", "goto") else []:
            if isinstance(statement, dict):
                target = statement.get("jump") or statement.get("goto") or {}
                names += [str(target["target"])] if "target" in target else []
    return names


def _is_bare(rule: dict[str, Any], *verdicts: str) -> bool:
    """True for a rule that matches every packet and ends with one of these verdicts."""
    statements = [one for one in rule.get("expr", []) if isinstance(one, dict)]
    if any("match" in one or "vmap" in one or "limit" in one for one in statements):
        return False
    return any(verdict in one for one in statements for verdict in verdicts)


def _quote(chain: Chain) -> str:
    return f"{chain.family} {chain.table} {chain.name}: hook {chain.hook} policy {chain.policy}"
