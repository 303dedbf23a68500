"""What the steps of loading share: the files as read, the register, the catalogue, the problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from govctl.estate.addresses import Ledger
from govctl.estate.catalogue import Catalogue
from govctl.estate.places import Place, Problems
from govctl.estate.reading import Reading
from govctl.estate.register import Snapshot
from govctl.estate.source import EstateSource, Settings
from govctl.estate.yamlfile import Document, Way

Whence = Literal[
    "register", "site kind", "override", "unit", "site", "catalogue", "ledger", "estate"
]


class Origin(NamedTuple):
    """Where a value comes from: what said it, its name, and the position if it has one."""

    whence: Whence
    name: str
    place: Place | None = None


class Layer(NamedTuple):
    """Settings and who made them; later layers count before earlier ones."""

    settings: Settings
    origin: Origin
    way: Way


@dataclass
class Context:
    """One loading of one estate."""

    folder: Path
    reading: Reading[EstateSource]
    source: EstateSource
    catalogue: Catalogue
    register: Snapshot | None
    ledger: Ledger
    problems: Problems
    origins: dict[tuple[str, str], dict[str, Origin]] = field(default_factory=dict)
    """(`site`, id) → field → where its value comes from; `show.explain` reads it."""
    ways: dict[str, tuple[Way, ...]] = field(default_factory=dict)
    """Site → where in the file it is given more than its kind's settings, what counts more last;
    overrides for this very site are not among them."""

    @property
    def document(self) -> Document:
        """`estate.yaml` with its positions."""
        return self.reading.document

    def at(self, section: str, index: int, *rest: str | int) -> Place:
        """The position of an item's value."""
        return self.document.at(self.reading.way(section, index, *rest))

    def way(self, section: str, index: int, *rest: str | int) -> Way:
        """The way to an item's value."""
        return self.reading.way(section, index, *rest)

    def unknown(
        self, place: Place, message: str, given: str, candidates: Iterable[str], *sections: str,
        hint: str = "",
    ) -> None:  # fmt: skip
        """Note an unknown reference, unless the sections it may point into lack broken items."""
        if not self.reading.lost.intersection(sections):
            self.problems.unknown(place, message, given, candidates, hint=hint)
