"""iptables-save(8), iptables-restore(8): the table `filter`, its rules in the shape of `nft -j`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

Rule = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """The table `filter` of one address family."""

    policies: dict[str, str]
    """Built-in chain → accept or drop."""
    rules: dict[str, tuple[Rule, ...]]
    """Chain → its rules, each with an `expr` list."""


_COUNTERS = "["
_VERDICTS = frozenset({"accept", "drop", "reject", "return"})


def read(text: str, family: str) -> Filter | None:
    """`family` is ip or ip6; None if there is no table `filter`. What cannot be read may match."""
    inside = found = False
    policies: dict[str, str] = {}
    rules: dict[str, list[Rule]] = {}
    for line in map(str.strip, text.splitlines()):
        if line.startswith("*"):
            inside = line == "*filter"
            found = found or inside
        elif not inside or not line or line.startswith("#"):
            continue
        elif line.startswith(":"):
            words = line[1:].split()
            if words:
                rules.setdefault(words[0], [])
                if len(words) > 1 and words[1] != "-":
                    policies[words[0]] = words[1].lower()
        else:
            _rule(line, family, rules)
    return Filter(policies, {name: tuple(held) for name, held in rules.items()}) if found else None


def _rule(line: str, family: str, rules: dict[str, list[Rule]]) -> None:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    if words and words[0].startswith(_COUNTERS):
        words = words[1:]
    if len(words) < 2 or words[0] not in ("-A", "--append", "-I", "--insert"):
        return
    rule = {"expr": _expression(words[2:], family)}
    held = rules.setdefault(words[1], [])
    if words[0] in ("-I", "--insert"):
        held.insert(0, rule)
    else:
        held.append(rule)


def _expression(words: list[str], family: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    protocol, place, negated = "th", 0, False
    while place < len(words):
        word, value = words[place], words[place + 1] if place + 1 < len(words) else ""
        place += 1
        if word == "!":
            negated = True
            continue
        if word in ("-p", "--protocol"):
            protocol = value.lower()
        statement = _statement(word, value, family, protocol, negated)
        if statement is not None:
            found.append(statement)
        negated = False
        if word.startswith("-"):
            while place < len(words) and not words[place].startswith("-") and words[place] != "!":
                place += 1
    return found


def _statement(
    word: str, value: str, family: str, protocol: str, negated: bool
) -> dict[str, Any] | None:
    """One option as a statement; None for what neither matches nor decides."""
    if word in ("-j", "--jump", "-g", "--goto"):
        if value.lower() in _VERDICTS and value.isupper():
            return {value.lower(): None}
        if value in ("LOG", "NFLOG", "AUDIT"):
            return {"log": None}
        kind = "goto" if word in ("-g", "--goto") else "jump"
        return {kind: {"target": value}}
    left = _left(word, family, protocol)
    if left is not None:
        return {"match": {"op": "!=" if negated else "==", "left": left,
                          "right": _right(word, value)}}  # fmt: skip
    if word in ("-m", "--match", "-c", "--set-counters", "--comment") or word.startswith(_OF_LOG):
        return None
    return {"match": {"option": word}} if word.startswith("-") else None


_OF_LOG = ("--log-", "--nflog-", "--reject-with")


def _left(word: str, family: str, protocol: str) -> dict[str, Any] | None:
    if word in _META:
        return {"meta": {"key": _META[word]}}
    if word in _ADDRESSES:
        return {"payload": {"protocol": family, "field": _ADDRESSES[word]}}
    if word in _PORTS:
        return {"payload": {"protocol": protocol, "field": "dport"}}
    return {"ct": {"key": "state"}} if word in _STATES else None


_META = {
    "-i": "iifname",
    "--in-interface": "iifname",
    "-o": "oifname",
    "--out-interface": "oifname",
    "-p": "l4proto",
    "--protocol": "l4proto",
}
_ADDRESSES = {"-s": "saddr", "--source": "saddr", "-d": "daddr", "--destination": "daddr"}
_PORTS = frozenset({"--dport", "--destination-port", "--dports", "--destination-ports"})
_STATES = frozenset({"--ctstate", "--state"})


def _right(word: str, value: str) -> Any:
    if word in _STATES:
        return [state.lower() for state in value.split(",")]
    if word in _PORTS:
        ports = [_port(part) for part in value.split(",")]
        return ports[0] if len(ports) == 1 else {"set": ports}
    address, slash, length = value.partition("/")
    if slash and length.isascii() and length.isdigit() and len(length) < 4:
        return {"prefix": {"addr": address, "len": int(length)}}
    return value.lower() if word in ("-p", "--protocol") else value


def _port(text: str) -> Any:
    first, colon, last = text.partition(":")
    if not all(end.isascii() and end.isdigit() and len(end) < 6 for end in (first, last or "0")):
        return text
    return {"range": [int(first), int(last)]} if colon and last else int(first)
