"""nft(8): the JSON ruleset, and the base chains that a ruleset file declares."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

Rules = tuple[dict[str, Any], ...]
_AWAKE: tuple[str | list[str], ...] = (
    "owner",
    ["owner"],
    "persist",
    ["persist"],
    ["owner", "persist"],
    [],
)
"""Flags of tables whose chains see packets. With others (`dormant`, which nft 1.0.6 misspells) they
do not."""


@dataclass(frozen=True)
class ChainText:
    """A chain's names, its hook and policy (empty for a chain that is only jumped to)."""

    family: str
    table: str
    name: str
    hook: str
    policy: str
    kind: str = "filter"
    """filter, nat or route."""


def parse_ruleset(text: str) -> list[tuple[ChainText, Rules]] | None:
    """`nft -j list ruleset`; None if it is not that."""
    try:
        objects = json.loads(text)["nftables"]
        return _chains(objects) if isinstance(objects, list) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def tables(text: str) -> tuple[str, ...]:
    """`family name` of each table of `nft -j list ruleset`."""
    try:
        objects = json.loads(text)["nftables"]
        found = [one["table"] for one in objects if isinstance(one, dict) and "table" in one]
        return tuple(f"{one['family']} {one['name']}" for one in found)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def declared_tables(text: str) -> tuple[str, ...]:
    """`family name` of each table that a ruleset file declares."""
    found = re.findall(
        r"(?m)^[ \t]*(?:add[ \t]+)?table[ \t]+(?:(ip|ip6|inet|arp|bridge|netdev)[ \t]+)?([\w.-]+)"
        r"[ \t]*(?:\{|;|$)", text, re.ASCII)  # fmt: skip
    return tuple(f"{family or 'ip'} {name}" for family, name in found)


def _chains(objects: list[Any]) -> list[tuple[ChainText, Rules]]:
    asleep = {
        (str(one.get("family")), str(one.get("name")))
        for one in (item.get("table") for item in objects if isinstance(item, dict))
        if isinstance(one, dict) and one.get("flags", "owner") not in _AWAKE
    }
    chains: dict[tuple[str, str, str], ChainText] = {}
    rules: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for item in objects:
        if not isinstance(item, dict):
            continue
        chain, rule = item.get("chain"), item.get("rule")
        if isinstance(chain, dict) and isinstance(chain.get("name"), str):
            key = (str(chain.get("family")), str(chain.get("table")), chain["name"])
            hook = "" if key[:2] in asleep else str(chain.get("hook", ""))
            policy = str(chain.get("policy", "accept")) if hook else ""
            chains[key] = ChainText(*key, hook, policy, str(chain.get("type", "filter")))
        elif isinstance(rule, dict) and isinstance(rule.get("expr"), list):
            key = (str(rule.get("family")), str(rule.get("table")), str(rule.get("chain")))
            kept = {name: rule[name] for name in ("handle", "expr", "comment") if name in rule}
            rules.setdefault(key, []).append(kept)
    return [(chain, tuple(rules.get(key, ()))) for key, chain in chains.items()]


_TOKEN = re.compile(r'\\\n|#[^\n]*|"([^"\n]*)"|([{};\n])|([^\s{};"#]+)')


def declared_chains(text: str) -> list[ChainText]:
    """Base chains of a ruleset file; a policy that is not written is accept."""
    found: list[ChainText] = []
    asleep: list[list[str]] = []
    scope: list[list[str]] = []
    words: list[str] = []
    for match in _TOKEN.finditer(text):
        quoted, mark, plain = match.groups()
        if quoted is not None or plain is not None:
            words.append(quoted if quoted is not None else plain)
        elif mark == "{":
            scope.append(words)
            words = []
        elif mark:
            _statement(scope, words, found)
            if words[:1] == ["flags"] and "dormant" in words and len(scope) == 1:
                asleep.append(scope[0][-1:])
            words = []
            if mark == "}" and scope:
                scope.pop()
    _statement(scope, words, found)
    return [one for one in found if [one.table] not in asleep]


_NO_RULE = frozenset({"type", "policy", "comment", "flags", "devices", "device"})


def declared_rules(text: str) -> dict[str, int]:
    """`family table chain` → how many rules a ruleset file has for it, at least."""
    found: dict[str, int] = {}
    scope: list[list[str]] = []
    words: list[str] = []
    for match in _TOKEN.finditer(text + "\n"):
        quoted, mark, plain = match.groups()
        if quoted is not None or plain is not None:
            words.append(quoted if quoted is not None else plain)
            continue
        if mark:
            name = _rule_of(scope, words)
            if name:
                found[name] = found.get(name, 0) + 1
            if mark == "{":
                scope.append(words)
            elif mark == "}" and scope:
                scope.pop()
            words = []
    return found


def _rule_of(scope: list[list[str]], words: list[str]) -> str:
    """The chain that a statement adds a rule to; empty if it adds none."""
    if not scope:
        given = words[2:] if words[:2] == ["add", "rule"] else []
        given = given if given and given[0] in _FAMILIES else ["ip", *given]
        return " ".join(given[:3]) if len(given) > 3 else ""
    if len(scope) != 2 or not words or words[0] in _NO_RULE:
        return ""
    table, chain = scope
    if table[:1] != ["table"] or chain[:1] != ["chain"] or len(chain) < 2 or len(table) < 2:
        return ""
    family, name = ("ip", table[1]) if len(table) == 2 else (table[1], table[2])
    return f"{family} {name} {chain[1]}"


_FAMILIES = frozenset({"ip", "ip6", "inet", "arp", "bridge", "netdev"})


def _statement(scope: list[list[str]], words: list[str], found: list[ChainText]) -> None:
    """`type filter hook input priority 0` and `policy drop` inside `table … { chain … {`."""
    heads = [head for head in scope if head]
    if len(heads) == 1 and heads[0][:2] in (["add", "chain"], ["create", "chain"]):
        given = (
            heads[0][2:] if heads[0][2:3] and heads[0][2] in _FAMILIES else ["ip", *heads[0][2:]]
        )
        heads = [["table", *given[:2]], ["chain", *given[2:]]]
    if len(heads) != 2 or heads[0][0] != "table" or heads[1][0] != "chain" or len(heads[1]) < 2:
        return
    family, table = (["ip", *heads[0][1:]] if len(heads[0]) == 2 else heads[0][1:3]) or ["", ""]
    name = heads[1][1]
    if "hook" in words[:-1]:
        hook = words[words.index("hook") + 1]
        kind = words[1] if words[0] == "type" else "filter"
        found.append(ChainText(family, table, name, hook, "accept", kind))
    if len(words) == 2 and words[0] == "policy" and found and found[-1].name == name:
        last = found[-1]
        found[-1] = replace(last, policy=words[1])
