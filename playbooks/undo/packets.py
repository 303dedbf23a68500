"""Running chains of nftables: a run adds its own beside what others loaded, and they go alone."""

from __future__ import annotations

import json
from typing import Any

from .running import said, tried

_OURS = "govctl_"


def look() -> list[str]:
    """`family table chain` of the chains with our names, and `family table` of every table."""
    tables = [f"{one['family']} {one['name']}" for one in _listed("table")]
    chains = [one for one in _listed("chain") if one["name"].startswith(_OURS)]
    return sorted([*tables, *(f"{one['family']} {one['table']} {one['name']}" for one in chains)])


def put_back(added: list[str]) -> tuple[list[str], list[str]]:
    """Take away the chains that a run added, and its tables unless somebody uses them since."""
    done: list[str] = []
    problems: list[str] = []
    ours = set(look()) & set(added)
    for name in sorted(ours, key=lambda one: (-one.count(" "), one)):  # chains before tables
        kind = "chain" if name.count(" ") == 2 else "table"
        if kind == "table" and _is_used(name):
            continue
        lines = f"flush {kind} {name}; delete {kind} {name}"
        if not tried(["nft", lines], f"nftables: {kind} {name}", problems):
            done.append(f"unloaded {kind} {name}")
    return done, problems


def _listed(kind: str) -> list[dict[str, Any]]:
    return [one[kind] for one in _objects(f"{kind}s") if kind in one]


def _is_used(table: str) -> bool:
    return any(not {"metainfo", "table"} & one.keys() for one in _objects(f"table {table}"))


def _objects(what: str) -> list[dict[str, Any]]:
    """What nft(8) lists; nothing without it or without its kernel's part."""
    done = said(["nft", "-j", "list", what])
    if done.returncode:
        return []
    found: list[dict[str, Any]] = json.loads(done.stdout)["nftables"]
    return found
