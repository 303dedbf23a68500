"""The packet filter's ruleset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from govctl.texts import msg
from scanners.host.following import includes
from scanners.host.formats import nft, nft_rules
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import is_part, matching, output_of, text_of


@dataclass(frozen=True)
class Chain:
    """A base chain that sees packets (it has a hook)."""

    family: str
    table: str
    name: str
    hook: str
    """input, forward, output, …"""
    policy: str
    """accept or drop."""
    rules: tuple[dict[str, Any], ...]
    """Each rule's `expr` list and handle, as `nft -j` gives them."""
    kind: str = "filter"
    """filter, nat or route."""


@dataclass(frozen=True)
class Firewall:
    """The live ruleset, and the file that the next boot loads."""

    running: tuple[Chain, ...] | None
    """None for a tree of files."""
    file: str | None
    """/etc/nftables.conf, where nftables.service reads it."""
    file_chains: tuple[Chain, ...]
    """Base chains (hook and policy) that the file declares; rules are not parsed here."""
    jumped: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """`family table chain` → the rules of running chains that are only jumped to."""
    tables: tuple[str, ...] = ()
    """`family name` of the running tables; in a tree, of those that the file declares."""
    file_rules: Mapping[str, int] = field(default_factory=dict)
    """`family table chain` → how many rules the file has for it, at least."""
    file_jumped: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """`family table chain` → its rules as the file has them; of a tree alone."""


_FILE = "/etc/nftables.conf"


def parse(raw: Raw) -> Firewall | Missing:
    """`nft -j list ruleset`, and the file with what it includes."""
    text = text_of(raw, _FILE)
    if isinstance(text, Missing):
        return text
    if text is None and is_part(raw):
        return Missing(msg("there is no {path}", path=_FILE))
    whole = _with_includes(raw, text or "", 0)
    declared = nft.declared_chains(whole)
    chains = tuple(
        Chain(one.family, one.table, one.name, one.hook, one.policy, (), one.kind)
        for one in declared
    )
    stored = nft.declared_rules(whole)
    if not raw.live:
        return Firewall(None, text, chains, {}, nft.declared_tables(whole), stored,
                        nft_rules.rules(whole))  # fmt: skip
    said = output_of(raw, "nft")
    if isinstance(said, Missing):
        return said
    ruleset = nft.parse_ruleset(said)
    if ruleset is None:
        return Missing(
            msg("{command} says nothing that can be read", command="nft -j list ruleset")
        )
    running = tuple(
        Chain(chain.family, chain.table, chain.name, chain.hook, chain.policy, rules, chain.kind)
        for chain, rules in ruleset
        if chain.hook
    )
    jumped = {
        f"{chain.family} {chain.table} {chain.name}": rules
        for chain, rules in ruleset
        if not chain.hook
    }
    return Firewall(running, text, chains, jumped, nft.tables(said), stored)


def _with_includes(raw: Raw, text: str, depth: int) -> str:
    """nft stops at 16 levels of includes."""
    if depth > 16 or len(text) > 1 << 22:
        return text

    def included(match: re.Match[str]) -> str:
        pattern = match[1] if match[1].startswith("/") else f"/etc/{match[1]}"
        texts = [text_of(raw, file.path) for file in matching(raw, pattern)]
        return "\n".join(
            _with_includes(raw, one, depth + 1) for one in texts if isinstance(one, str)
        )

    return re.sub(r'(?m)^[ \t]*include[ \t]+"([^"\n]+)".*$', included, text)


SOURCE = Source(
    Firewall,
    parse,
    files=(_FILE,),
    follows=(includes((_FILE,), ("include",), "/etc"),),
    commands=(Command("nft", "nft -j list ruleset", limit=1 << 22),),
)
