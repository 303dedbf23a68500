"""What a place to provision must do, in words that belong to no particular place.

A target keeps small texts (`tags`) on every object that it holds; ownership and records of what was
written live there. All calls block, are bounded in time, and may be made from many threads at once.
Errors are `TargetError`, or `MissingPrerequisite` if the target itself is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from govctl.errors import TargetError

Tags = Mapping[str, str]


class NotFound(TargetError):
    """The object is not there."""


class AlreadyExists(TargetError):
    """An object of that name is there already."""


class NoFileAccess(TargetError):
    """A machine's files can be neither read nor written, maybe for as long as it is there."""


@dataclass(frozen=True)
class Image:
    """A root file system to clone from."""

    fingerprint: str
    aliases: tuple[str, ...]
    tags: Tags


@dataclass(frozen=True)
class Network:
    """A layer 2 segment; addresses are those of the host's own leg, with prefix length, or None."""

    name: str
    description: str
    ipv4: str | None
    ipv6: str | None
    mtu: int | None
    tags: Tags
    options: Tags = field(default_factory=dict)
    """Settings of the live object that differ from what govctl sets."""


@dataclass(frozen=True)
class Limits:
    """What a machine may use: bytes of memory and disk, processors, processes."""

    memory: int
    cpu: int
    disk: int
    processes: int


@dataclass(frozen=True)
class Nic:
    """A leg in a network: name inside the machine, network, MAC address."""

    name: str
    network: str
    mac: str


@dataclass(frozen=True)
class Instance:
    """A machine, without its files."""

    name: str
    image: str
    """Fingerprint."""
    pool: str
    limits: Limits
    nics: tuple[Nic, ...]
    tags: Tags
    running: bool = False
    options: Tags = field(default_factory=dict)
    """Settings of the live object that differ from what govctl sets."""


@dataclass(frozen=True)
class File:
    """A regular file of a machine."""

    content: bytes
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


class Target(Protocol):
    """A place to provision."""

    def image(self, reference: str) -> Image | None:
        """An image by fingerprint or alias."""

    def images(self) -> Sequence[Image]:
        """All images."""

    def import_image(self, metadata: Path, rootfs: Path) -> Image:
        """Upload a split image, unless the same bytes are there already."""

    def alias_image(self, fingerprint: str, alias: str) -> None:
        """Give an image a name, taken from another image if need be."""

    def drop_alias(self, alias: str) -> None:
        """Take a name away from whatever image has it; nothing happens if there is none."""

    def tag_image(self, fingerprint: str, change: Callable[[Tags], Tags]) -> None:
        """Replace an image's tags, safely against others who do the same; NotFound."""

    def delete_image(self, fingerprint: str) -> None:
        """Delete an image; nothing happens if there is none."""

    def network(self, name: str) -> Network | None:
        """A network by name."""

    def networks(self) -> Sequence[Network]:
        """All networks that the target manages."""

    def create_network(self, network: Network) -> None:
        """Make a network; AlreadyExists."""

    def update_network(self, network: Network) -> None:
        """Give a network its settings; NotFound."""

    def delete_network(self, name: str) -> None:
        """Delete a network; nothing happens if there is none."""

    def instance(self, name: str) -> Instance | None:
        """A machine by name."""

    def instances(self) -> Sequence[Instance]:
        """All machines."""

    def create_instance(self, instance: Instance) -> None:
        """Clone a machine and leave it stopped; AlreadyExists."""

    def update_instance(self, instance: Instance) -> None:
        """Give a machine its limits, legs and tags, while it runs or not; NotFound."""

    def tag_instance(self, name: str, tags: Tags) -> None:
        """Set some of a machine's tags and leave the others; NotFound."""

    def settle(self, name: str) -> None:
        """Wait until nothing that an earlier run began is under way on a machine."""

    def start(self, name: str) -> None:
        """Start a machine, if it is not running."""

    def stop(self, name: str, timeout: int) -> None:
        """Stop a machine, by force after `timeout` seconds."""

    def delete_instance(self, name: str) -> None:
        """Delete a stopped machine with its disk; nothing happens if there is none."""

    def read_file(self, instance: str, path: str) -> File | None:
        """A file of a machine, running or not."""

    def write_file(self, instance: str, path: str, file: File) -> None:
        """Write a file, and the folders above it (root, 0755) where they lack.

        A file that is there already keeps its mode and owner: delete it first to change them.
        """

    def delete_file(self, instance: str, path: str) -> None:
        """Delete a file; nothing happens if there is none."""

    def run(self, instance: str, command: Sequence[str], timeout: int) -> Outcome:
        """Run a command as root in a running machine; TargetError if it takes over `timeout` s."""
