from __future__ import annotations

import json

import pytest

from scanners.host.facts.firewall import SOURCE, Chain, Firewall
from scanners.host.formats import nft
from scanners.host.model import Missing
from tests.scanners.host.raws import output, raw, recorded

RULES = """#!/usr/sbin/nft -f
flush ruleset
include "/etc/nftables.d/*.nft"
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport { 22, 80 } accept comment "a } brace"
  }
  chain extra { counter drop; }
  chain forward { type filter hook forward priority 0 ; }
}
"""
INCLUDED = (
    "table ip nat { chain post { type nat hook postrouting priority srcnat\n policy accept\n } }"
)
RULESET = {
    "nftables": [
        {"metainfo": {"version": "1.0.6"}},
        {"table": {"family": "inet", "name": "filter", "handle": 1}},
        {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1,
                   "type": "filter",
                   "hook": "input", "prio": 0, "policy": "drop"}},
        {"chain": {"family": "inet", "table": "filter", "name": "extra", "handle": 2}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 4,
                  "expr": [{"jump": {"target": "extra"}}]}},
        {"rule": {"family": "inet", "table": "filter", "chain": "extra", "handle": 5,
                  "expr": [{"drop": None}]}},
    ]
}  # fmt: skip


def test_the_running_ruleset_and_the_file() -> None:
    files = {"/etc/nftables.conf": RULES, "/etc/nftables.d/nat.nft": INCLUDED}
    fact = SOURCE.parse(raw(files, {"nft": json.dumps(RULESET)}))
    assert isinstance(fact, Firewall)
    rule = {"handle": 4, "expr": [{"jump": {"target": "extra"}}]}
    assert fact.running == (Chain("inet", "filter", "input", "input", "drop", (rule,)),)
    assert fact.jumped == {"inet filter extra": ({"handle": 5, "expr": [{"drop": None}]},)}
    assert [(one.family, one.name, one.hook, one.policy) for one in fact.file_chains] == [
        ("ip", "post", "postrouting", "accept"),
        ("inet", "input", "input", "drop"),
        ("inet", "forward", "forward", "accept"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("table inet f { chain a { type filter hook input priority 0; policy drop; } }", {}),
        ("table inet f {\n chain a {\n  iif lo accept\n  drop\n }\n}", {"inet f a": 2}),
        ("table f { chain a { tcp dport { 22, 80 } accept; } }", {"ip f a": 1}),
        ('table ip f {\n set s { type ipv4_addr; }\n chain a { comment "x" ; }\n}', {}),
        ("table ip6 f { chain a { ct state vmap { new : jump b } } }", {"ip6 f a": 1}),
        ("add rule inet f a tcp dport 22 accept\nadd rule f b drop", {"inet f a": 1, "ip f b": 1}),
        ("add rule\nadd rule inet\n}}}{", {}),
    ],
)
def test_rules_in_a_file_are_counted_at_least(text: str, expected: dict[str, int]) -> None:
    found = nft.declared_rules(text)
    assert found.keys() == expected.keys()
    assert all(found[name] >= count for name, count in expected.items())


def test_tables_of_a_ruleset_and_of_a_file() -> None:
    fact = SOURCE.parse(raw({}, {"nft": json.dumps(RULESET)}))
    assert isinstance(fact, Firewall)
    assert fact.tables == ("inet filter",)
    tree = SOURCE.parse(
        raw({"/etc/nftables.conf": "add table inet a\ntable b {\n}\n#table c {}\n"})
    )
    assert isinstance(tree, Firewall)
    assert tree.tables == ("inet a", "ip b")


def test_the_ruleset_of_a_real_host() -> None:
    fact = SOURCE.parse(raw({}, {"nft": recorded("nft.json")}))
    assert isinstance(fact, Firewall)
    assert fact.running is not None
    policies = {chain.hook: (chain.policy, len(chain.rules)) for chain in fact.running}
    assert policies == {"input": ("drop", 4), "forward": ("drop", 0)}
    assert [len(rules) for rules in fact.jumped.values()] == [1]


def test_a_host_without_rules_has_none() -> None:
    fact = SOURCE.parse(raw({}, {"nft": recorded("nft-empty.json")}))
    assert fact == Firewall((), None, ())


def test_a_tree_has_only_the_file() -> None:
    fact = SOURCE.parse(raw({"/etc/nftables.conf": "table t { chain c { policy drop; } }"}))
    assert isinstance(fact, Firewall)
    assert fact.running is None
    assert fact.file_chains == ()


@pytest.mark.parametrize(
    "said",
    [b"", b"[]", b'{"nftables": 3}', b'{"nftables"', b"\xff" * 9, b"[" * 9999, output(b"{}", 127)],
)
def test_garbage_is_no_ruleset(said: object) -> None:
    assert isinstance(SOURCE.parse(raw({}, {"nft": said})), Missing)  # type: ignore[dict-item]


def test_the_chains_of_a_dormant_table_see_nothing() -> None:
    objects: list[object] = list(RULESET["nftables"])
    objects[1] = {"table": {"family": "inet", "name": "filter", "handle": 1, "flags": "f"}}
    text = RULES.replace("table inet filter {\n", "table inet filter {\n  flags dormant;\n")
    fact = SOURCE.parse(
        raw({"/etc/nftables.conf": text}, {"nft": json.dumps({"nftables": objects})})
    )
    assert isinstance(fact, Firewall)
    assert (fact.running, fact.file_chains) == ((), ())
    objects[1] = {"table": {"family": "inet", "name": "filter", "handle": 1, "flags": ["owner"]}}
    fact = SOURCE.parse(raw({}, {"nft": json.dumps({"nftables": objects})}))
    assert isinstance(fact, Firewall) and fact.running
