"""What an estate has on a target, found by its marks alone: for orphans of killed runs, and at the
end.

Objects are independent of any state: the marks are on the objects themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from stacks.provider import sharing
from stacks.provider.ownership import ESTATE, URN, Owner
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import Target

ObjectKind = Literal["instance", "network", "image"]
_ORDER: tuple[ObjectKind, ...] = ("instance", "network", "image")
_STOP_TIMEOUT = 10


@dataclass(frozen=True, order=True)
class Marked:
    """An object that carries an estate's mark; images go by their fingerprint."""

    kind: ObjectKind
    name: str
    urn: str


def connect(url: str | None = None) -> Target:
    """The target as the provider sees it; MissingPrerequisite if there is none."""
    return Lxd(url)


def marked(target: Target, estate: str) -> tuple[Marked, ...]:
    """Everything of an estate on a target, in the order in which it can be deleted."""
    found = [
        Marked("instance", instance.name, instance.tags.get(URN, ""))
        for instance in target.instances()
        if instance.tags.get(ESTATE) == estate
    ]
    found += [
        Marked("network", network.name, network.tags.get(URN, ""))
        for network in target.networks()
        if network.tags.get(ESTATE) == estate
    ]
    found += [
        Marked("image", image.fingerprint, urn)
        for image in target.images()
        for urn in {hold.urn for hold in sharing.holds(image.tags).get(estate, ())}
    ]
    return tuple(sorted(found, key=lambda item: (_ORDER.index(item.kind), item)))


def delete(target: Target, estate: str, objects: Iterable[Marked]) -> None:
    """Delete these objects; what carries another mark by now is left alone."""
    for item in sorted(objects, key=lambda item: (_ORDER.index(item.kind), item)):
        _delete_one(target, Owner(estate, item.urn), item)


def _delete_one(target: Target, owner: Owner, item: Marked) -> None:
    if item.kind == "instance":
        target.settle(item.name)
        instance = target.instance(item.name)
        if instance and owner.owns(instance.tags):
            target.stop(item.name, _STOP_TIMEOUT)
            target.delete_instance(item.name)
    elif item.kind == "network":
        network = target.network(item.name)
        if network and owner.owns(network.tags):
            target.delete_network(item.name)
    else:
        image = target.image(item.name)
        held = sharing.holds(image.tags).get(owner.estate, frozenset()) if image else frozenset()
        gone = frozenset(hold for hold in held if hold.urn == item.urn)
        sharing.release(target, item.name, owner.estate, gone)
