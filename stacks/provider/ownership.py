"""Whose an object is: marks that are tags on the object itself, so that no lost state loses it.

Every network and instance carries `estate` and `urn`. An image may serve several estates of one
host: it carries `estate.<id>` with the URNs, one a line, that hold it.
"""

from __future__ import annotations

from dataclasses import dataclass

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.targets.target import NotFound, Tags, Target

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

    # Images are shared

    def share(self, tags: Tags) -> dict[str, str]:
        """An image's tags with this holder among them."""
        return self._with_holders(tags, self._holders(tags) | {self.urn})

    def release(self, tags: Tags) -> dict[str, str]:
        """An image's tags without this holder."""
        return self._with_holders(tags, self._holders(tags) - {self.urn})

    def shares(self, tags: Tags) -> bool:
        """True if this resource is among an image's holders."""
        return self.urn in self._holders(tags)

    def _holders(self, tags: Tags) -> set[str]:
        return set(tags.get(f"{ESTATE}.{self.estate}", "").split("\n")) - {""}

    def _with_holders(self, tags: Tags, holders: set[str]) -> dict[str, str]:
        key = f"{ESTATE}.{self.estate}"
        others = {name: value for name, value in tags.items() if name != key}
        return others | ({key: "\n".join(sorted(holders))} if holders else {})


def holders(tags: Tags) -> dict[str, tuple[str, ...]]:
    """The URNs that hold an image, by estate."""
    prefix = f"{ESTATE}."
    return {
        name.removeprefix(prefix): tuple(value.split("\n"))
        for name, value in tags.items()
        if name.startswith(prefix)
    }


def release_image(target: Target, owner: Owner, reference: str) -> None:
    """Let go of an image; the last holder that lets go deletes it."""
    image = target.image(reference)
    if image is None or not owner.shares(image.tags):
        return
    try:
        target.tag_image(image.fingerprint, owner.release)
        left = target.image(image.fingerprint)
    except NotFound:
        return
    if left and not holders(left.tags):
        target.delete_image(left.fingerprint)
