"""What a path's mode and access list give, and how a person quotes it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from scanners.host.acl import bits_of
from scanners.host.facts.paths import Path
from scanners.host.facts.walk import Entry

Aspect = Literal["owner", "group", "mode"]
ASPECTS: tuple[Aspect, ...] = ("owner", "group", "mode")
"""What can be wrong with a path; public rules ask for each apart."""


def given_away(path: Path, widest: int, known: Collection[str]) -> list[str]:
    """Entries of an access list that give a stranger more than the widest mode gives others.

    Who is `known` (an owner or a group that may be there) may have what the group may.
    """
    return [entry for entry in path.acl if ":" in entry and _gives_too_much(entry, widest, known)]


def _gives_too_much(entry: str, widest: int, known: Collection[str]) -> bool:
    name = entry.split(":")[1]
    allowed = widest >> 3 if name in known else widest
    return bool(bits_of(entry) & ~allowed & 0o7)


def hides_rights(path: Path, widest: int) -> bool:
    """True if an access list that nobody could read may give a stranger more than others have.

    The mode's group bits are the list's mask: nobody whom it names has more.
    """
    return "?" in path.acl and bool((path.mode >> 3) & ~widest & 0o7)


def quoted(path: Path) -> str:
    """`/etc/shadow 0640 root:shadow`, and what its access list adds."""
    text = f"{path.path} {path.mode:04o} {path.owner}:{path.group}"
    return " ".join([text, *(entry for entry in path.acl if ":" in entry)])


def quoted_entry(entry: Entry, owner: str, group: str) -> str:
    """The same of what a walk found."""
    return f"{entry.path} {entry.mode:04o} {owner}:{group}"
