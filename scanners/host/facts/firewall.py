"""The packet filter's ruleset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True)
class Firewall:
    """The live ruleset, and the file that the next boot loads."""

    running: tuple[Chain, ...] | None
    """None for a tree of files."""
    file: str | None
    """/etc/nftables.conf, where nftables.service reads it."""
    file_chains: tuple[Chain, ...]
    """Base chains (hook and policy) that the file declares; rules are not parsed here."""
