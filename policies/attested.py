"""What persons attest of requirements, as far as it counts in a roll-up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from govctl.texts import Message, msg
from policies.model import Requirement


@dataclass(frozen=True)
class Attested:
    """An attestation that holds: whose, by which document, of what, and where."""

    id: str
    who: str
    """Name and unit, as people write them."""
    document: str
    until: str
    """ISO 8601, with its time zone."""
    rows: frozenset[tuple[str, int, str]]
    """Baseline, level and key of each requirement."""
    targets: frozenset[str]


def closing(
    attestations: Iterable[Attested], row: Requirement, targets: Collection[str]
) -> tuple[Attested, ...]:
    """The attestations that together hold for a requirement on every target.

    None of them if one target is left out, or if there is no target: what is attested of a part is
    not attested of the whole.
    """
    key = (row.baseline, row.level, row.key)
    wanted = set(targets)
    about = tuple(
        one for one in attestations if key in one.rows and not wanted.isdisjoint(one.targets)
    )
    covered = frozenset[str]().union(*(one.targets for one in about))
    return about if wanted and wanted <= covered else ()


def words_of(attested: Collection[Attested]) -> Message:
    """Who attested, and by which document."""
    first = min(attested, key=lambda one: (one.until, one.id))
    values = {"who": first.who, "document": first.document, "until": first.until}
    if len(attested) == 1:
        return msg("attested by {who}: {document}, until {until}", **values)
    return msg("attested by {who}: {document}, until {until}; and {count} more",
               count=len(attested) - 1, **values)  # fmt: skip
