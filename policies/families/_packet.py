"""What a list of rules may do to one packet of which only some things are known.

Rules are in the shape of `nft -j`. What is not understood may match and may end in anything, so
that a certain answer is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Rule = Mapping[str, Any]
Follow = Callable[[str], "Sequence[Rule] | None"]
"""The rules of a chain that is jumped to; None if it is not known."""

_HARMLESS = frozenset({"counter", "log", "comment", "mangle", "notrack"})
_PERHAPS = frozenset({"limit", "quota", "set", "meter"})
"""Statements that may end a rule early."""
_ANYTHING = frozenset({"accept", "drop", "next"})
_DEPTH = 24
_STEPS = 20_000
_Test = Callable[[Any], "bool | None"]
_KNOWN = frozenset({"ip", "ip6", "tcp", "udp", "th"})
_INSIDE = frozenset(
    {"tcp", "udp", "icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ah", "udplite"}
)


@dataclass(frozen=True)
class Packet:
    """A new TCP packet that comes in."""

    family: str
    """ip or ip6."""
    loopback: bool
    """True if it comes in by lo, False if by any other interface."""
    source: str | None
    """None for any."""
    port: int | None = None
    """Its destination; None for any."""
    protocol: str = "tcp"


class _Steps:
    """A bound on the work: chains may jump to each other many times over."""

    def __init__(self) -> None:
        self.left = _STEPS

    def spent(self) -> bool:
        self.left -= 1
        return self.left < 0


def outcomes(rules: Sequence[Rule], follow: Follow, packet: Packet) -> frozenset[str]:
    """A subset of accept, drop and next (the end of the chain was reached)."""
    return _walk(rules, follow, packet, 0, _Steps())


def _walk(
    rules: Sequence[Rule], follow: Follow, packet: Packet, depth: int, steps: _Steps
) -> frozenset[str]:
    found: set[str] = set()
    for rule in rules:
        if steps.spent():
            return _ANYTHING
        expr = rule.get("expr")
        statements = (
            [one for one in expr if isinstance(one, dict)] if isinstance(expr, list) else []
        )
        certain, act = True, frozenset({"next"})
        for statement in statements:
            name, what = next(iter(statement.items()), ("", None))
            if name == "match":
                holds = _holds(what, packet)
                if holds is False:
                    act = frozenset({"next"})
                    certain = True
                    break
                certain = certain and holds is True
            elif name in _PERHAPS:
                certain = False
            elif name == "xt":  # a match or a target of iptables that nft does not describe
                certain, act = False, _ANYTHING
            elif name not in _HARMLESS:
                act = _act(name, what, follow, packet, depth, steps)
        found |= act - {"next", "return"}
        if certain and "return" in act:
            return frozenset(found | {"next"})
        if "return" in act:
            found.add("next")
        if certain and not act & {"next", "return"}:
            return frozenset(found)
    return frozenset(found | {"next"})


def _act(
    name: str, what: Any, follow: Follow, packet: Packet, depth: int, steps: _Steps
) -> frozenset[str]:
    if name in ("accept", "drop", "return"):
        return frozenset({name})
    if name == "reject":
        return frozenset({"drop"})
    if name == "continue":
        return frozenset({"next"})
    if name == "vmap" and isinstance(what, dict):
        return _mapped(what, follow, packet, depth, steps)
    if name in ("jump", "goto") and isinstance(what, dict) and depth < _DEPTH:
        rules = follow(str(what.get("target")))
        if rules is not None:
            found = _walk(rules, follow, packet, depth + 1, steps)
            # After a goto the calling chain ends where the called one does.
            return found if name == "jump" else frozenset(
                "return" if one == "next" else one for one in found)  # fmt: skip
    return _ANYTHING


def _mapped(
    what: Mapping[str, Any], follow: Follow, packet: Packet, depth: int, steps: _Steps
) -> frozenset[str]:
    """A verdict map: `ct state vmap { established : accept, invalid : drop }`."""
    data = what.get("data")
    pairs = data.get("set") if isinstance(data, dict) else None
    if not isinstance(pairs, list):
        return _ANYTHING
    found: set[str] = set()
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], dict)):
            return _ANYTHING
        holds = _holds({"op": "==", "left": what.get("key"), "right": pair[0]}, packet)
        if holds is not False:
            name, then = next(iter(pair[1].items()), ("", None))
            found |= _act(name, then, follow, packet, depth, steps)
        if holds:
            return frozenset(found)
    return frozenset(found | {"next"})


def _holds(match: Any, packet: Packet) -> bool | None:
    """True, False, or None if it cannot be told."""
    if not isinstance(match, dict):
        return None
    left, right, op = match.get("left"), match.get("right"), match.get("op")
    kind, what = next(iter(left.items()), ("", None)) if isinstance(left, dict) else ("", None)
    if not isinstance(what, dict) or op not in ("==", "in", "!="):
        return None
    if kind == "payload":
        inner = what.get("protocol")
        # A match inside another protocol never holds, negated or not.
        if inner in _INSIDE and inner != packet.protocol:
            return False
        if inner in ("ip", "ip6") and inner != packet.family:
            return False
    found = _compare(kind, what, right, packet)
    return found if op != "!=" or found is None else not found


def _compare(kind: str, what: Mapping[str, Any], right: Any, packet: Packet) -> bool | None:
    holds = _test(kind, what, packet)
    if holds is None:
        return None
    answers = [holds(one) for one in _items(right)]
    if True in answers:
        return True
    return None if None in answers else False


def _test(kind: str, what: Mapping[str, Any], packet: Packet) -> _Test | None:
    """How one value on the right of a match compares with the packet; None if nobody knows."""
    ethertypes = {"ip": ("ipv4", "ip"), "ip6": ("ipv6", "ip6")}[packet.family]
    tests: dict[tuple[str, object], _Test] = {
        ("meta", "iif"): lambda one: _interface(one, packet),
        ("meta", "iifname"): lambda one: _interface(one, packet),
        ("meta", "l4proto"): lambda one: _protocol(one, packet),
        ("meta", "nfproto"): lambda one: str(one) in ethertypes,
        ("meta", "protocol"): lambda one: str(one) in ethertypes,
        ("ct", "state"): lambda one: str(one) == "new",
        ("payload", "saddr"): lambda one: _address(one, packet.source),
        ("payload", "protocol"): lambda one: _protocol(one, packet),
        ("payload", "dport"): lambda one: _port(one, packet.port),
    }
    if kind == "payload" and what.get("protocol") not in _KNOWN:
        return None
    return tests.get((kind, str(what.get("field" if kind == "payload" else "key"))))


def _items(right: Any) -> list[Any]:
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return list(right["set"])
    return list(right) if isinstance(right, list) else [right]


def _interface(one: Any, packet: Packet) -> bool | None:
    if not isinstance(one, str) or one.startswith("@") or one.endswith(("*", "+")):
        return None
    if one == "lo":
        return packet.loopback
    return False if packet.loopback else None


def _protocol(one: Any, packet: Packet) -> bool | None:
    name = str(one) if isinstance(one, int) else one
    if not isinstance(name, str) or name.startswith("@"):
        return None
    numbers = {"6": "tcp", "17": "udp"}
    return numbers.get(name, name) in (packet.protocol, "all")


def _port(one: Any, port: int | None) -> bool | None:
    if port is None:
        return None
    if isinstance(one, int):
        return one == port
    ends = one.get("range") if isinstance(one, dict) else None
    if isinstance(ends, list) and [type(end) for end in ends] == [int, int]:
        return bool(ends[0] <= port <= ends[1])
    return None


def _address(one: Any, source: str | None) -> bool | None:
    prefix = one.get("prefix") if isinstance(one, dict) else None
    if source is None:
        return True if isinstance(prefix, dict) and prefix.get("len") == 0 else None
    try:
        if isinstance(prefix, dict):
            network = ip_network(f"{prefix.get('addr')}/{prefix.get('len')}", strict=False)
            return ip_address(source) in network
        return ip_address(str(one)) == ip_address(source)
    except ValueError:
        return None
