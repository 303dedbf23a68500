"""Who holds an image: one image may serve many resources of several estates on one host.

An image carries a tag `estate.<id>` for each estate, with a line `<role> <digest> <urn>` for each
resource that holds it. Its last holder deletes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.provider.naming import image_alias
from stacks.provider.ownership import ESTATE
from stacks.provider.targets.target import NotFound, Tags, Target

_PREFIX = f"{ESTATE}."


@dataclass(frozen=True, order=True)
class Hold:
    """A resource that holds an image, and as what."""

    role: str
    digest: str
    urn: str

    @property
    def alias(self) -> str:
        """The name that it gave the image."""
        return image_alias(self.role, self.digest)


Holds = Mapping[str, frozenset[Hold]]
"""By estate."""


def holds(tags: Tags) -> dict[str, frozenset[Hold]]:
    """Who holds an image, as its tags say."""
    return {
        name.removeprefix(_PREFIX): frozenset(
            Hold(*line.split(" ", 2)) for line in value.split("\n") if line.count(" ") >= 2
        )
        for name, value in tags.items()
        if name.startswith(_PREFIX)
    }


def with_holds(tags: Tags, found: Holds) -> dict[str, str]:
    """The tags with these holders and no others."""
    others = {name: value for name, value in tags.items() if not name.startswith(_PREFIX)}
    lines = {
        estate: "\n".join(f"{hold.role} {hold.digest} {hold.urn}" for hold in sorted(of_estate))
        for estate, of_estate in found.items()
        if of_estate
    }
    return others | {_PREFIX + estate: text for estate, text in lines.items()}


def share(target: Target, fingerprint: str, estate: str, hold: Hold) -> None:
    """Hold an image; NotFound."""

    def change(tags: Tags) -> Tags:
        found = holds(tags)
        return with_holds(tags, found | {estate: found.get(estate, frozenset()) | {hold}})

    target.tag_image(fingerprint, change)


def release(target: Target, reference: str, estate: str, gone: frozenset[Hold]) -> None:
    """Let go of an image, and delete it if nobody holds it then; one that is gone is fine."""
    image = target.image(reference)
    if image is None or not holds(image.tags).get(estate, frozenset()) & gone:
        return
    left = {
        name: held - gone if name == estate else held for name, held in holds(image.tags).items()
    }
    if not any(left.values()):
        target.delete_image(image.fingerprint)
        return

    def change(tags: Tags) -> Tags:
        found = holds(tags)
        return with_holds(tags, found | {estate: found.get(estate, frozenset()) - gone})

    try:
        target.tag_image(image.fingerprint, change)
    except NotFound:
        return
    named = {hold.alias for held in left.values() for hold in held}
    for alias in {hold.alias for hold in gone} - named:
        target.drop_alias(alias)
