"""Rulesets as `nft -j`, `iptables-save` and ufw's files give them, read by the real parsers."""

from __future__ import annotations

import json
from typing import Any

from scanners.host.facts import firewall as firewall_fact
from scanners.host.facts import iptables as iptables_fact
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Listener, Listeners
from scanners.host.facts.ufw import Ufw
from tests.policies.cases.alternatives import IPTABLES, NFTABLES, NFTABLES_TREE, NO_UFW, UFW
from tests.policies.hosts import Facts
from tests.scanners.host.raws import raw

HOOKS = ("input", "forward", "output")


def match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def prefix(family: str, address: str, length: int) -> dict[str, Any]:
    return match({"payload": {"protocol": family, "field": "saddr"}},
                 {"prefix": {"addr": address, "len": length}})  # fmt: skip


LO = match({"meta": {"key": "iif"}}, "lo")
LO_NAME = match({"meta": {"key": "iifname"}}, "lo")
NOT_LO = match({"meta": {"key": "iifname"}}, "lo", "!=")
COUNTER = {"counter": {"packets": 0, "bytes": 0}}
ACCEPT: dict[str, Any] = {"accept": None}
DROP: dict[str, Any] = {"drop": None}
STATES = {"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [
    ["invalid", {"drop": None}], ["established", {"accept": None}],
    ["related", {"accept": None}]]}}}  # fmt: skip
ESTABLISHED = match({"ct": {"key": "state"}}, ["established", "related"], "in")
SSH = match({"payload": {"protocol": "tcp", "field": "dport"}}, {"set": [22, 443]})
PING = match({"payload": {"protocol": "icmp", "field": "type"}}, "echo-request")
FORGED4 = [prefix("ip", "127.0.0.0", 8), COUNTER, DROP]
FORGED6 = [match({"payload": {"protocol": "ip6", "field": "saddr"}}, "::1"), COUNTER, DROP]


def nft(
    *rules: list[dict[str, Any]],
    hooks: tuple[str, ...] = HOOKS,
    policy: str = "drop",
    file: str | None = None,
    family: str = "inet",
    kind: str = "filter",
) -> Firewall:
    """A ruleset with these rules at the hook input; the file has the same chains by default."""
    table = {"family": family, "table": "filter"}
    objects: list[dict[str, Any]] = [
        {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"table": {"family": family, "name": "filter", "handle": 1}},
    ]
    objects += [{"chain": {**table, "name": hook, "type": kind, "hook": hook, "prio": 0,
                           "policy": policy, "handle": 2}} for hook in hooks]  # fmt: skip
    objects += [{"rule": {**table, "chain": "input", "handle": 9, "expr": one}} for one in rules]
    chains = "\n".join(
        f"\tchain {hook} {{\n\t\ttype filter hook {hook} priority filter; policy {policy};\n\t}}"
        for hook in hooks
    )
    text = f"#!/usr/sbin/nft -f\nflush ruleset\ntable {family} filter {{\n{chains}\n}}\n"
    files = {"/etc/nftables.conf": text if file is None else file}
    fact = firewall_fact.parse(raw(files, {"nft": json.dumps({"nftables": objects})}))
    assert isinstance(fact, Firewall)
    return fact


def nft_tree(file: str) -> Firewall:
    fact = firewall_fact.parse(raw({"/etc/nftables.conf": file}))
    assert isinstance(fact, Firewall)
    return fact


def of_nft(firewall: Firewall, live: bool = True) -> Facts:
    return (NFTABLES if live else NFTABLES_TREE, NO_UFW, firewall, Iptables({}, {}, {}))


EMPTY = Firewall((), "", ())
DEBIAN = """#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
	chain output {
		type filter hook output priority filter;
	}
}
"""
FULL = DEBIAN.replace(" priority filter;", " priority filter; policy drop;").replace(
    "policy drop;\n\t}\n\tchain forward",
    "policy drop;\n\t\ttcp dport { 22, 443 } accept\n\t}\n\tchain forward",
)
ADDED = DEBIAN.replace(" priority filter;", " priority filter; policy drop;") + (
    "add rule inet filter input tcp dport { 22, 443 } accept\n"
)
GOOD_NFT = (
    nft([LO, ACCEPT], FORGED4, FORGED6, [ESTABLISHED, ACCEPT], [SSH, ACCEPT]),
    nft([STATES], [PING, ACCEPT], [LO_NAME, COUNTER, ACCEPT], FORGED4, FORGED6, [SSH, ACCEPT]),
    nft([NOT_LO, *FORGED4], [NOT_LO, *FORGED6], [LO, ACCEPT], [SSH, ACCEPT]),
    nft([LO, ACCEPT], [match({"payload": {"protocol": "icmp", "field": "type"}}, "echo-request"),
                       ACCEPT]),  # nothing else gets in at all
)  # fmt: skip
BAD_NFT = (
    EMPTY,
    nft(policy="accept"),
    nft([LO, ACCEPT], policy="accept"),
    nft([LO, ACCEPT], FORGED4, [SSH, ACCEPT]),  # IPv6
    nft([LO, ACCEPT], [SSH, ACCEPT], FORGED4, FORGED6),  # SSH lets it in first
    nft(FORGED4, FORGED6, [SSH, ACCEPT]),  # lo is shut
    nft(FORGED4, FORGED6, [LO, ACCEPT]),  # its own addresses are dropped on lo as well
    nft([LO, {"jump": {"target": "nowhere"}}], FORGED4, FORGED6),
    nft([{"xt": {"type": "target", "name": "TPROXY"}}], [LO, ACCEPT], FORGED4, FORGED6),
    nft([LO, ACCEPT], FORGED4, FORGED6, family="ip"),
)
SAVED = """# Generated by iptables-nft-save v1.8.9 (nf_tables) on Sun Nov 22 08:00:00 2026
*filter
:INPUT {policy} [12:960]
:FORWARD {policy} [0:0]
:OUTPUT {policy} [0:0]
{rules}
COMMIT
# Completed on Sun Nov 22 08:00:00 2026
"""
NAT = "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n"
RULES4 = """\
-A INPUT -i lo -j ACCEPT
-A INPUT -s 127.0.0.0/8 -j DROP
-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT
-A INPUT -p udp -m multiport --dports 123,5000:5010 -j ACCEPT
-A OUTPUT -o lo -j ACCEPT"""
LAST = """\
-A INPUT -i lo -j ACCEPT
-A INPUT -j LOG --log-prefix "dropped "
-A INPUT -j DROP
-A FORWARD -j REJECT --reject-with icmp-admin-prohibited
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -j DROP"""
RULES6 = RULES4.replace("127.0.0.0/8", "::1/128")


def saved(rules: str = "", policy: str = "DROP") -> str:
    return SAVED.format(rules=rules, policy=policy)


def iptables(
    four: str | None, six: str | None, *, then: tuple[str | None, str | None] | None = None,
    live: bool = True,
) -> Iptables:  # fmt: skip
    """What runs, and the files of the next boot (the same by default)."""
    stored = zip(("v4", "v6"), then or (four, six), strict=True)
    files = {f"/etc/iptables/rules.{name}": text for name, text in stored if text is not None}
    said = f"@family \n{four or ''}@family 6\n{six or ''}@end\n"
    fact = iptables_fact.parse(raw(files, {"iptables": said} if live else {}, live=live))
    assert isinstance(fact, Iptables)
    return fact


def of_iptables(found: Iptables, *more: object) -> Facts:
    return (IPTABLES, NO_UFW, EMPTY, found, *more)


GOOD4, GOOD6 = NAT + saved(RULES4), saved(RULES6)
BOTH = iptables(GOOD4, GOOD6)
COUNTED = iptables(GOOD4.replace("-A INPUT", "[3:180] -A INPUT"), GOOD6, then=(GOOD4, GOOD6))
OPEN = iptables(saved(policy="ACCEPT"), saved(policy="ACCEPT"))
NONE = iptables(None, None)
FILES_ONLY = iptables(GOOD4, GOOD6, live=False)
UFW_FILES = {
    "/etc/ufw/before.rules": """\
*filter
:ufw-before-input - [0:0]
:ufw-before-output - [0:0]
:ufw-before-forward - [0:0]
:ufw-not-local - [0:0]
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-output -o lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT
-A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j LOG
-A ufw-not-local -j DROP
-A ufw-before-input -p udp -d 224.0.0.251 --dport 5353 -j ACCEPT
COMMIT
""",
    "/etc/ufw/user.rules": """\
*filter
:ufw-user-input - [0:0]
### RULES ###

### tuple ### deny any any 0.0.0.0/0 any 127.0.0.0/8 in
-A ufw-user-input -s 127.0.0.0/8 -j DROP

### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
### END RULES ###
COMMIT
""",
    "/etc/ufw/before6.rules": """\
*filter
:ufw6-before-input - [0:0]
-A ufw6-before-input -i lo -j ACCEPT
-A ufw6-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw6-before-input -p icmpv6 --icmpv6-type echo-request -j ACCEPT
COMMIT
""",
    "/etc/ufw/user6.rules": """\
*filter
:ufw6-user-input - [0:0]
-A ufw6-user-input -s ::1 -j DROP
-A ufw6-user-input -p tcp --dport 22 -j ACCEPT
COMMIT
""",
}
UFW_SAVED = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT {output} [0:0]
-A INPUT -j {p}-before-logging-input
-A INPUT -j {p}-before-input
:{p}-before-logging-input - [0:0]
:{p}-before-input - [0:0]
:{p}-user-input - [0:0]
-A {p}-before-input -i lo -j ACCEPT
-A {p}-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A {p}-before-input -j {p}-user-input
-A {p}-user-input -s {own} -j DROP
-A {p}-user-input -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""


def ufw_saved(output: str = "DROP", four: str = "127.0.0.0/8", six: str = "::1/128") -> Iptables:
    texts = [
        UFW_SAVED.format(p=name, output=output, own=own)
        for name, own in (("ufw", four), ("ufw6", six))
    ]
    return iptables(*texts, then=(None, None))


def ufw_tree(**changed: str) -> Iptables:
    files = UFW_FILES | {f"/etc/ufw/{name}.rules": text for name, text in changed.items()}
    fact = iptables_fact.parse(raw(files))
    assert isinstance(fact, Iptables)
    return fact


SHUT = Ufw(True, True, {"input": "drop", "output": "reject", "forward": "drop"})


def of_ufw(found: Iptables, ufw: Ufw = SHUT, *more: object) -> Facts:
    return (UFW, ufw, EMPTY, found, *more)


def sockets(*found: Listener) -> Listeners:
    return Listeners(found)


SSHD = Listener("tcp", "0.0.0.0", 22, "sshd")
SSHD6 = Listener("tcp", "::", 22, "sshd")
BOTH_FAMILIES = Listener("tcp", "*", 22, "sshd")
LOCAL = Listener("tcp", "127.0.0.1", 25, "master")
WEB = Listener("tcp", "*", 80, "nginx")
NTP = Listener("udp", "0.0.0.0", 123, "chronyd")
SIP = Listener("udp", "10.0.0.5", 5005, "kamailio")
OPENS = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
RANGE = "-A INPUT -p tcp -m tcp --dport 20:25 -j ACCEPT"
