"""iptables, ip6tables and ufw: policies, open ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from govctl.texts import msg
from policies.families import family
from policies.families._entrances import (
    DROPS,
    NAMES,
    Family,
    HooksArgs,
    PreferredArgs,
    ToolFamiliesArgs,
    not_due_for,
    of_filter,
)
from policies.families._packet import Packet, Rule
from policies.families._verdicts import failed, listed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Listener, Listeners, Units
from scanners.host.facts.ufw import Ufw
from scanners.host.formats.iptables_save import Filter
from scanners.host.model import Missing


class DefaultArgs(HooksArgs):
    """The address family of the chains."""

    family: Family


class PortArgs(PreferredArgs):
    """A port of this machine."""

    protocol: Literal["tcp", "udp"]
    port: int


@family("filter.ufw-default", needs=(Units, Ufw, Iptables), args=HooksArgs)
def ufw_default(args: HooksArgs, units: Units, ufw: Ufw, iptables: Iptables) -> Verdict:
    """ufw drops or refuses what no rule names, by its settings and in force."""
    away = not_due_for("ufw", args, units, ufw)
    if away is not None:
        return away
    policies = ufw.policies or {}
    evidence = [f"DEFAULT_{hook.upper()}_POLICY={policy}" for hook, policy in policies.items()]
    unknown = [hook for hook in args.hooks if hook not in policies]
    if unknown:
        return not_evaluated(msg("/etc/default/ufw says nothing of: {names}",
                                 names=", ".join(unknown)), evidence)  # fmt: skip
    loose = [hook for hook in args.hooks if policies[hook] not in DROPS]
    if loose:
        return failed(msg("{hook}: what no rule names is let through", hook=", ".join(loose)),
                      evidence)  # fmt: skip
    for name, held in sorted((iptables.running or {}).items()):
        now = [hook for hook in args.hooks if held.policies.get(hook.upper()) != "drop"]
        if now:
            return failed(
                msg("set, but not in force: {family} lets through what no rule names ({hook})",
                    family=NAMES[name], hook=", ".join(now)),
                evidence,
            )  # fmt: skip
    return passed(msg("what no rule names is dropped: {names}", names=", ".join(args.hooks)),
                  evidence)  # fmt: skip


@family("filter.iptables-default", needs=(Units, Ufw, Iptables), args=DefaultArgs)
def iptables_default(args: DefaultArgs, units: Units, ufw: Ufw, iptables: Iptables) -> Verdict:
    """The policies of iptables drop what no rule names, now and after the next boot."""
    away = not_due_for("iptables", args, units, ufw)
    if away is not None:
        return away
    places = [("rules.v4 / rules.v6", iptables.stored)]
    if iptables.running is not None:
        places.insert(0, ("iptables-save", iptables.running))
    evidence, reasons = [], []
    for where, tables in places:
        held = tables.get(args.family)
        found = {hook: _end(held, hook.upper())
                 for hook in args.hooks}  # fmt: skip
        evidence += [f"{where}: {hook.upper()} {policy}" for hook, policy in found.items()]
        if any(policy != "drop" for policy in found.values()):
            loose = ", ".join(hook for hook, policy in found.items() if policy != "drop")
            reasons.append(msg("{where}: what no rule names is let through ({hook})", where=where,
                               hook=loose))  # fmt: skip
    if reasons:
        return failed(reasons[0], evidence)
    return passed(msg("what no rule names is dropped: {names}", names=", ".join(args.hooks)),
                  evidence)  # fmt: skip


def _end(held: Filter | None, chain: str) -> str:
    """What becomes of a packet that no rule names: by the policy, or by a last rule for all.

    A rule that takes every packet, in this chain or in one that every packet is led through, leaves
    nothing for either.
    """
    if held is None or _takes_all(held, chain, frozenset()):
        return "accept"
    rules = held.rules.get(chain, ())
    last = [statement for statement in rules[-1]["expr"] if "log" not in statement] if rules else []
    if last in ([{"drop": None}], [{"reject": None}]):
        return "drop"
    return held.policies.get(chain, "accept")


def _takes_all(held: Filter, chain: str, seen: frozenset[str]) -> bool:
    for rule in held.rules.get(chain, ()):
        acts = [one for one in rule["expr"] if not _is_quiet(one)]
        if acts == [{"accept": None}]:
            return True
        if acts in ([{"drop": None}], [{"reject": None}], [{"return": None}]):
            return False
        called = acts[0].get("jump") or acts[0].get("goto") if len(acts) == 1 else None
        target = called.get("target") if isinstance(called, dict) else None
        if target and target not in seen and _takes_all(held, target, seen | {chain}):
            return True
    return False


def _is_quiet(statement: Mapping[str, Any]) -> bool:
    """True for what neither decides nor leaves a packet out, as `-s 0.0.0.0/0` does not."""
    match = statement.get("match", {})
    right = match.get("right") if match.get("op") == "==" else None
    whole = isinstance(right, dict) and right.get("prefix", {}).get("len") == 0
    return whole or "log" in statement or "counter" in statement


@family(
    "filter.open-ports", needs=(Units, Ufw, Iptables), helps=(Listeners,), args=ToolFamiliesArgs
)
def open_ports(
    args: ToolFamiliesArgs,
    units: Units,
    ufw: Ufw,
    iptables: Iptables,
    listeners: Listeners | Missing,
) -> Verdict:
    """Every port that answers on the network has a rule of its own."""
    away = not_due_for(args.tool, args, units, ufw)
    if away is not None:
        return away
    if isinstance(listeners, Missing):
        return not_evaluated(listeners.reason)
    if iptables.running is None:
        return not_evaluated(msg("needs a running system, and this is a tree of files"))
    bare = []
    for one in listeners.sockets:
        families = [kind for kind in _answers(one) if kind in args.families]
        for kind in families:
            held = iptables.running.get(kind)
            if held is None or not any(_names(rule, one) for rule in _incoming(held)):
                bare.append(f"{one.protocol}/{one.port} {NAMES[kind]} {one.process or '-'}")
    names = list(dict.fromkeys(bare))
    if names:
        return failed(msg("open without a rule: {names}", names=listed(names)), names)
    return passed(msg("every open port has a rule"))


def _answers(one: Listener) -> tuple[Family, ...]:
    """Address families in which a socket is reached from elsewhere; `*` is both."""
    bare = one.address.strip("[]").split("%")[0]
    if bare.startswith("127.") or bare in ("::1", "::ffff:127.0.0.1"):
        return ()
    if bare == "*":
        return ("ip", "ip6")
    return ("ip6",) if ":" in bare else ("ip",)


def _incoming(held: Filter) -> Iterator[Rule]:
    """Rules of INPUT and of the chains that it leads to."""
    waiting, seen = ["INPUT"], {"INPUT"}
    while waiting:
        for rule in held.rules.get(waiting.pop(), ()):
            yield rule
            for statement in rule["expr"]:
                what = statement.get("jump") or statement.get("goto")
                if isinstance(what, dict) and what["target"] not in seen:
                    seen.add(what["target"])
                    waiting.append(what["target"])


def _names(rule: Rule, one: Listener) -> bool:
    """True if the rule matches exactly this protocol and port."""
    for statement in rule["expr"]:
        match = statement.get("match", {})
        payload = match.get("left", {}).get("payload", {})
        if match.get("op") == "==" and payload.get("field") == "dport":
            right = match.get("right")
            ports = right["set"] if isinstance(right, dict) and "set" in right else [right]
            return payload.get("protocol") == one.protocol and any(
                port == one.port or _spans(port, one.port) for port in ports
            )
    return False


def _spans(port: object, wanted: int) -> bool:
    ends = port.get("range") if isinstance(port, dict) else None
    return isinstance(ends, list) and bool(ends[0] <= wanted <= ends[1])


@family("filter.closed", needs=(Units, Ufw, Iptables), args=PortArgs)
def closed(args: PortArgs, units: Units, ufw: Ufw, iptables: Iptables) -> Verdict:
    """iptables lets nothing in to this port, now and after the next boot."""
    away = not_due_for("iptables", args, units, ufw)
    if away is not None:
        return away
    places = [("rules.v4 / rules.v6", iptables.stored)]
    if iptables.running is not None:
        places.insert(0, ("iptables-save", iptables.running))
    for where, tables in places:
        for kind in ("ip", "ip6"):
            held = tables.get(kind)
            packet = Packet(kind, False, None, args.port, args.protocol)
            if held is None or of_filter(kind, held, None).may(packet) != {"drop"}:
                return failed(
                    msg("{where}: {protocol}/{port} may be let in ({family})", where=where,
                        protocol=args.protocol, port=args.port, family=NAMES[kind])
                )  # fmt: skip
    return passed(msg("{protocol}/{port} is shut", protocol=args.protocol, port=args.port))
