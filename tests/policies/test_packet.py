"""What rules may do to a packet: the answer always holds what a real filter would do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.families._packet import Packet, outcomes

NEW = Packet("ip", False, "10.0.0.9", 22)


def _match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


PORT = {"payload": {"protocol": "tcp", "field": "dport"}}
SOURCE = {"payload": {"protocol": "ip", "field": "saddr"}}
IN = {"meta": {"key": "iifname"}}
STATE = {"ct": {"key": "state"}}
ACCEPT: dict[str, Any] = {"accept": None}
DROP: dict[str, Any] = {"drop": None}
TO_DROPS = {"jump": {"target": "drops"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], {"next"}),
        ([ACCEPT], {"accept"}),
        ([{"counter": {}}, {"log": {}}, {"reject": None}], {"drop"}),
        ([_match(PORT, 22), ACCEPT], {"accept"}),
        ([_match(PORT, 22, "!="), ACCEPT], {"next"}),
        ([_match(PORT, {"set": [80, {"range": [20, 25]}]}), ACCEPT], {"accept"}),
        ([_match(PORT, "@ports"), ACCEPT], {"accept", "next"}),
        ([_match(IN, "lo"), ACCEPT], {"next"}),
        ([_match(IN, "eth0"), ACCEPT], {"accept", "next"}),
        ([_match(IN, "lo", "!="), DROP], {"drop"}),
        ([_match(SOURCE, {"prefix": {"addr": "10.0.0.0", "len": 8}}), DROP], {"drop"}),
        ([_match(SOURCE, {"prefix": {"addr": "x", "len": []}}), DROP], {"drop", "next"}),
        ([_match({"payload": {"protocol": "ip6", "field": "saddr"}}, "::1", "!="), DROP], {"next"}),
        ([_match({"payload": {"protocol": "udp", "field": "dport"}}, 22), ACCEPT], {"next"}),
        ([_match(STATE, ["established", "related"], "in"), ACCEPT], {"next"}),
        ([_match(STATE, "new"), ACCEPT], {"accept"}),
        ([{"limit": {"rate": 3}}, ACCEPT], {"accept", "next"}),
        ([{"xt": {"type": "match", "name": "recent"}}, ACCEPT], {"accept", "next"}),
        ([{"xt": None}], {"accept", "drop", "next"}),
        ([{"jump": {"target": "unknown"}}], {"accept", "drop", "next"}),
        ([{"jump": {"target": "loop"}}], {"accept", "drop", "next"}),
        ([{"jump": {"target": "returns"}}], {"next"}),
        ([{"jump": {"target": "drops"}}], {"drop"}),
        ([{"goto": {"target": "returns"}}], {"next"}),
        ([{"vmap": {"key": STATE, "data": {"set": [["invalid", DROP], ["new", ACCEPT]]}}}],
         {"accept"}),
        ([{"vmap": {"key": IN, "data": {"set": [["lo", ACCEPT], ["eth0", TO_DROPS]]}}}],
         {"drop", "next"}),
        ([{"vmap": {"key": PORT, "data": {"set": [[80, DROP]]}}}], {"next"}),
        ([{"vmap": {"key": STATE, "data": "@verdicts"}}], {"accept", "drop", "next"}),
        ([{"dup": {"addr": "x"}}], {"accept", "drop", "next"}),
        ([{"match": 3}, DROP], {"drop", "next"}),
    ],
)  # fmt: skip
def test_one_rule(statements: list[Any], expected: set[str]) -> None:
    chains: dict[str, list[dict[str, Any]]] = {
        "loop": [{"expr": [{"jump": {"target": "loop"}}]}],
        "returns": [{"expr": [{"return": None}]}, {"expr": [ACCEPT]}],
        "drops": [{"expr": [DROP]}],
    }
    assert outcomes([{"expr": statements}], chains.get, NEW) == expected


def test_after_a_goto_the_calling_chain_has_ended() -> None:
    chains: dict[str, list[dict[str, Any]]] = {"off": []}
    rules = [{"expr": [{"goto": {"target": "off"}}]}, {"expr": [ACCEPT]}]
    assert outcomes(rules, chains.get, NEW) == {"next"}


def test_chains_that_double_at_each_step_end_in_doubt() -> None:
    jump = [{"expr": [{"jump": {"target": "x"}}]}] * 9
    chains: dict[str, list[dict[str, Any]]] = {"x": jump}
    assert outcomes(jump, chains.get, NEW) >= {"accept", "drop"}


MATCHES = st.one_of(
    st.tuples(st.just("port"), st.sampled_from([22, 80])),
    st.tuples(st.just("in"), st.sampled_from(["lo", "eth0", "eth1"])),
    st.tuples(st.just("source"), st.sampled_from(["127.0.0.1", "10.0.0.9"])),
)
VERDICTS = st.sampled_from(["accept", "drop", "return", "jump", ""])
RULES = st.lists(st.tuples(st.lists(st.tuples(MATCHES, st.booleans()), max_size=2), VERDICTS),
                 max_size=5)  # fmt: skip
LEFT = {"port": PORT, "in": IN, "source": SOURCE}


def _rule(matches: Any, verdict: str) -> dict[str, Any]:
    expr = [_match(LEFT[key], value, "==" if same else "!=") for (key, value), same in matches]
    return {"expr": [*expr, *([{verdict: {"target": "sub"}}] if verdict else [])]}


def _runs(rules: Any, sub: Any, packet: dict[str, Any]) -> str:
    """What a filter does to a packet of which everything is known."""
    for matches, verdict in rules:
        if all((packet[key] == value) == same for (key, value), same in matches):
            end = _runs(sub, (), packet) if verdict == "jump" and sub else verdict
            if end == "return" and verdict == "return":
                return "next"
            if end in ("accept", "drop"):
                return str(end)
    return "next"


@settings(max_examples=300, deadline=None)
@given(
    RULES,
    RULES.map(lambda rules: [one for one in rules if one[1] != "jump"]),
    st.sampled_from(["lo", "eth0", "eth1"]),
    st.sampled_from(["127.0.0.1", "10.0.0.9"]),
    st.sampled_from([22, 80]),
    st.booleans(),
)
def test_what_a_filter_does_is_always_among_the_outcomes(
    rules: Any, sub: Any, interface: str, source: str, port: int, tell: bool
) -> None:
    chains = {"sub": [_rule(*one) for one in sub]}
    packet = Packet("ip", interface == "lo", source if tell else None, port if tell else None)
    found = outcomes([_rule(*one) for one in rules], chains.get, packet)
    known = {"port": port, "in": interface, "source": source}
    assert _runs(rules, sub, known) in found


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["lo", "==", "@x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["match", "left", "right", "op", "set", "range", "prefix", "payload",
                         "jump",
                         "meta", "key", "field", "protocol", "vmap", "data", "target", "addr"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.fixed_dictionaries({"expr": JSON}), max_size=3))
def test_no_rule_breaks_it(rules: list[dict[str, Any]]) -> None:
    assert outcomes(rules, {"x": rules}.get, NEW) <= {"accept", "drop", "next"}
