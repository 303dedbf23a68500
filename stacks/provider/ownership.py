"""Whose an object is: marks that are tags on the object itself, so that no lost state loses it.

Every network and instance carries `estate` and `urn`; images are shared, see `sharing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.targets.target import Tags

ESTATE = "estate"
URN = "urn"


@dataclass(frozen=True)
class Owner:
    """An estate and the resource of it that holds an object."""

    estate: str
    urn: str

    @property
    def tags(self) -> dict[str, str]:
        """The marks of a network or an instance."""
        return {ESTATE: self.estate, URN: self.urn}

    def owns(self, tags: Tags) -> bool:
        """True if the object belongs to this estate."""
        return tags.get(ESTATE) == self.estate

    def require(self, what: str, tags: Tags) -> None:
        """TargetError unless this very resource holds the object."""
        if ESTATE not in tags:
            raise TargetError(
                _("{what} is there already and was not made by govctl", what=what),
                hint=_("rename or remove it, or import it on purpose"),
            )
        if tags[ESTATE] != self.estate:
            raise TargetError(
                _("{what} belongs to another estate, {estate}", what=what, estate=tags[ESTATE])
            )
        if tags.get(URN) != self.urn:
            raise TargetError(
                _("{what} is held by another resource of this estate: {urn}",
                  what=what, urn=tags.get(URN, "–"))
            )  # fmt: skip
