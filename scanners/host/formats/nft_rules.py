"""nft(8): the rules of a ruleset file, in the shape of `nft -j`, as far as packets in are judged.

What is not understood becomes a match that may hold, so that a certain answer is certain.
"""

from __future__ import annotations

import re
from typing import Any

Rule = dict[str, Any]

_TOKEN = re.compile(r'\\\n|#[^\n]*|"([^"\n]*)"|([{};\n,])|([^\s{};,"#]+)')
_FAMILIES = frozenset({"ip", "ip6", "inet", "arp", "bridge", "netdev"})
_HEADS = ("table", "chain")
_VERDICTS = frozenset({"accept", "drop", "reject", "return", "continue"})
_DECLARED = frozenset({"type", "policy", "comment", "flags", "device", "devices"})
_UNKNOWN: Rule = {"match": {"option": "?"}}
_QUIET = frozenset({"counter", "log"})


def rules(text: str) -> dict[str, tuple[Rule, ...]]:
    """`family table chain` → its rules in order; chains without rules are not here."""
    found: dict[str, list[Rule]] = {}
    scope: list[str] = []
    words: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(text + "\n"):
        quoted, mark, plain = match.groups()
        if mark == "{" and len(scope) < 2 and words[:1] and words[0] in _HEADS:
            scope.append(" ".join(words))
            words = []
        elif mark == "{":
            depth += 1
            words.append("{")
        elif mark == "}" and depth:
            depth -= 1
            words.append("}")
        elif mark and (mark not in ",\n" or (mark == "\n" and not depth)):
            _add(scope, words, found)
            words = []
            if mark == "}" and scope:
                scope.pop()
        elif mark == ",":
            words.append(",")
        elif not mark and (quoted is not None or plain is not None):
            words.append(f'"{quoted}' if quoted is not None else plain)
    return {name: tuple(held) for name, held in found.items()}


def _add(scope: list[str], words: list[str], found: dict[str, list[Rule]]) -> None:
    if not words:
        return
    if not scope and words[0] in ("add", "insert") and words[1:2] == ["rule"]:
        given = words[2:] if words[2:3] and words[2] in _FAMILIES else ["ip", *words[2:]]
        name, body, first = " ".join(given[:3]), given[3:], words[0] == "insert"
    elif len(scope) == 2 and words[0] not in _DECLARED:
        table, chain = scope[0].split()[1:], scope[1].split()[1:]
        if len(table) not in (1, 2) or len(chain) != 1:
            return
        name = " ".join([*(["ip"] if len(table) == 1 else []), *table, *chain])
        body, first = words, False
    else:
        return
    held = found.setdefault(name, [])
    held.insert(0 if first else len(held), {"expr": _expression(body)})


def _expression(words: list[str]) -> list[Rule]:
    statements: list[Rule] = []
    place = 0
    while place < len(words):
        statement, place = _statement(words, place)
        if statement is not None:
            statements.append(statement)
    return statements


def _statement(words: list[str], place: int) -> tuple[Rule | None, int]:
    word, rest = words[place], words[place + 1 :]
    if word in _VERDICTS:
        end = len(words) if word == "reject" else place + 1
        return {word: None}, end
    if word in ("jump", "goto") and rest:
        return {word: {"target": rest[0]}}, place + 2
    if word == "comment":
        return None, place + 2
    if word in _QUIET:
        return None, _next(words, place + 1)
    left: Rule | None = None
    used = 1
    if word in ("iif", "iifname"):
        left = {"meta": {"key": word}}
    elif word == "meta" and rest[:1] and rest[0] in ("iif", "iifname", "l4proto", "nfproto"):
        left, used = {"meta": {"key": rest[0]}}, 2
    elif (word in ("ip", "ip6") and rest[:1] == ["saddr"]) or (
        word in ("tcp", "udp", "th") and rest[:1] == ["dport"]
    ):
        left, used = {"payload": {"protocol": word, "field": rest[0]}}, 2
    elif word == "ct" and rest[:1] == ["state"]:
        left, used = {"ct": {"key": "state"}}, 2
    elif word in ("icmp", "icmpv6"):
        left, used = {"payload": {"protocol": word, "field": "type"}}, 2
    if left is None:
        return _UNKNOWN, _next(words, place + 1)
    start = place + used
    op = "==" if words[start : start + 1] not in (["!="], ["=="]) else words[start]
    start += words[start : start + 1] in (["!="], ["=="])
    values, end = _values(words, start)
    return {"match": {"op": op, "left": left, "right": values}}, end


def _values(words: list[str], start: int) -> tuple[list[Any], int]:
    """One value, values with commas between them, or a set in braces."""
    if words[start : start + 1] == ["{"]:
        end = words.index("}", start) if "}" in words[start:] else len(words)
        return [_value(one) for one in words[start + 1 : end] if one != ","], end + 1
    values, place = [], start
    while place < len(words):
        values.append(_value(words[place]))
        if words[place + 1 : place + 2] != [","]:
            return values, place + 1
        place += 2
    return values, place


def _value(text: str) -> Any:
    if text.startswith('"'):
        return text[1:]
    address, slash, length = text.partition("/")
    if slash and length.isascii() and length.isdigit() and len(length) < 4:
        return {"prefix": {"addr": address, "len": int(length)}}
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    low, dash, high = text.partition("-")
    if dash and low.isdigit() and high.isdigit() and len(text) < 12 and text.isascii():
        return {"range": [int(low), int(high)]}
    return f"@{text}" if text.startswith("$") else text


def _next(words: list[str], place: int) -> int:
    """Past the arguments of a statement that is not understood: up to the next verdict or match."""
    while place < len(words) and words[place] not in _VERDICTS | {"jump", "goto", "ip", "ip6",
                                                                  "iif", "iifname"}:  # fmt: skip
        place += 1
    return place
