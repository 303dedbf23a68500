"""Which stack a site belongs to; a site stays where it is, since a move would make it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stacks.changes import split_urn
from stacks.resources import SITE

GROUP = 30
"""Sites in one stack: at five to nine resources each, below 300."""
PREFIX = "sites-"


def assign_groups(
    sites: Sequence[str], known: Mapping[str, int], *, size: int = GROUP
) -> dict[str, int]:
    """Site id → number of its group, from 1; those already in a group stay there."""
    groups = {site: known[site] for site in sites if site in known}
    fill: dict[int, int] = {}
    for group in groups.values():
        fill[group] = fill.get(group, 0) + 1
    number = 1
    for site in sorted(set(sites) - set(groups)):
        while fill.get(number, 0) >= size:
            number += 1
        groups[site] = number
        fill[number] = fill.get(number, 0) + 1
    return groups


def known_groups(urns: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Site id → group, as the state of each stack (by name) has it."""
    found: dict[str, int] = {}
    for stack, held in urns.items():
        if stack.startswith(PREFIX):
            for urn in held:
                kind, name = split_urn(urn)
                if kind == SITE:
                    found[name] = int(stack.removeprefix(PREFIX))
    return found
