"""Whether a packet filter provably drops what comes to a port unasked.

Everything here errs to one side: a rule that is not understood may accept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanners.host.facts.firewall import Chain, Firewall

_FAMILIES = ("ip", "ip6")
_HARMLESS = frozenset({"match", "counter", "limit", "log", "drop", "reject", "return", "quota"})
"""Statements that let nothing in."""
_TRANSPORTS = frozenset({"tcp", "udp", "icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ah"})
_ASKED_FOR = frozenset({"established", "related", "invalid"})
"""States of connection tracking that a packet nobody asked for does not have, or is dropped in."""


def is_shut(firewall: Firewall, protocol: str, port: int) -> bool:
    """True if the running filter drops every new packet from outside to this port.

    `protocol` is tcp or udp. A packet passes every base chain of the hook, so one that drops it is
    enough for each address family.
    """
    inputs = [chain for chain in firewall.running or () if chain.hook == "input"]
    dropping = {
        chain.family
        for chain in inputs
        if chain.policy == "drop" and not _Packet(firewall, chain, protocol, port).may_pass()
    }
    return all(dropping & {family, "inet"} for family in _FAMILIES)


@dataclass(frozen=True)
class _Packet:
    """A new packet from outside on its way through one base chain."""

    firewall: Firewall
    chain: Chain
    protocol: str
    port: int

    def may_pass(self) -> bool:
        """True unless no rule accepts it."""
        return self._may_pass(self.chain.rules, frozenset())

    def _may_pass(self, rules: Sequence[Mapping[str, Any]], seen: frozenset[str]) -> bool:
        for rule in rules:
            statements = [one for one in rule.get("expr", ()) if isinstance(one, dict)]
            if any(self._differs(one.get("match")) for one in statements):
                continue
            acts = [act for one in statements for act in one.items() if act[0] not in _HARMLESS]
            if any(self._may_act(*act, seen) for act in acts):
                return True
        return False

    def _may_act(self, verdict: str, what: Any, seen: frozenset[str]) -> bool:
        """True unless it leads on to rules of which none accepts."""
        if verdict not in ("jump", "goto") or not isinstance(what, dict):
            return True
        name = f"{self.chain.family} {self.chain.table} {what.get('target')}"
        rules = self.firewall.jumped.get(name)
        return rules is None or name in seen or self._may_pass(rules, seen | {name})

    def _differs(self, match: Any) -> bool:
        """True if a rule's match cannot hold for this packet."""
        if not isinstance(match, dict) or match.get("op") not in ("==", "in"):
            return False
        left, right = match.get("left"), match.get("right")
        kind, what = next(iter(left.items()), ("", None)) if isinstance(left, dict) else ("", None)
        if not isinstance(what, dict):
            return False
        key = what.get("key")
        if kind == "payload":
            return self._differs_inside(what.get("protocol"), what.get("field"), right)
        if kind == "meta" and key == "l4proto":
            return _lacks(right, self.protocol)
        if kind == "meta" and key in ("iif", "iifname"):
            return bool(right == "lo")
        return kind == "ct" and key == "state" and _states(right) <= _ASKED_FOR

    def _differs_inside(self, protocol: Any, field: Any, right: Any) -> bool:
        if protocol in _TRANSPORTS - {self.protocol}:
            return True
        return protocol in (self.protocol, "th") and field == "dport" and _lacks(right, self.port)


def _states(right: Any) -> frozenset[str]:
    return frozenset(map(str, _items(right)))


def _lacks(right: Any, value: str | int) -> bool:
    """True if a value is certainly not among those of a match; a named set may hold anything."""
    return not any(_may_be(item, value) for item in _items(right))


def _may_be(item: Any, value: str | int) -> bool:
    if isinstance(item, dict) and isinstance(value, int):
        ends = item.get("range")
        if isinstance(ends, list) and [type(end) for end in ends] == [int, int]:
            return bool(ends[0] <= value <= ends[1])
    if type(item) is not type(value) or (isinstance(item, str) and item.startswith("@")):
        return True
    return bool(item == value)


def _items(right: Any) -> list[Any]:
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return list(right["set"])
    return list(right) if isinstance(right, list) else [right]
