"""YAML lists of rows, read fast; where each part stands is found out only when a row is wrong.

YAML's own composer makes an object of every node, which takes thrice as long as the plain data.
Refused, each with its place: keys that stand twice, aliases, tags, deep nesting, broken YAML.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from govctl.errors import Problem
from govctl.texts import _

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20
_LARGEST = 4 * 2**20
_TYPED = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
Place = tuple[int, int]
Location = tuple[str | int, ...]


class _Refused(Exception):
    """The rest of the file cannot be read."""


@dataclass(frozen=True)
class Row:
    """One element of a file's list: plain data, and where each part of it stands."""

    data: Any
    index: int
    file: _File = field(repr=False)

    def place(self, location: Location) -> Place:
        """Where a part stands; for a part that is missing, where its parent does."""
        places = self.file.places
        whole = (self.index, *location)
        while whole not in places and whole:
            whole = whole[:-1]
        return places.get(whole, (0, 0))


def read(path: Path) -> tuple[list[Row], list[Problem]]:
    """The elements of a YAML list; what cannot be read gives no rows and one problem."""
    file = _File(path)
    try:
        data = file.parse()
    except _Refused:
        return [], file.problems
    if data is None:
        return [], []
    if not isinstance(data, list):
        return [], [Problem(path, 1, 1, _("this is no list"), expected=_("a list of checks"))]
    return _rows(data, file), file.problems


def _rows(data: list[Any], file: _File) -> list[Row]:
    return [Row(item, index, file) for index, item in enumerate(data)]


class _File:
    """A file's text, and its data when it is parsed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._places: dict[Location, Place] | None = None
        self._next: Callable[[], Event]

    @cached_property
    def places(self) -> dict[Location, Place]:
        """Where everything stands: the file is read once more."""
        again = _File(self.path)
        again._places = {}
        again.parse()
        return again._places

    def parse(self) -> Any:
        """The data of the file's only document; what is wrong becomes a problem."""
        loader = _LOADER(self._text())
        self._next = loader.get_event
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            self._refuse(place, error.problem or _("this is not YAML"))
        except yaml.YAMLError:
            self._refuse((0, 0), _("this is not YAML"))
        finally:
            loader.dispose()

    def _text(self) -> str:
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            self._refuse((0, 0), _("cannot be read: {why}", why=error.strerror or str(error)))
        if len(raw) > _LARGEST:
            size = _LARGEST // 2**20
            self._refuse((0, 0), _("the file is larger than {size} MiB", size=size))
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
            byte = f"{raw[error.start]:02x}"
            self._refuse((line, column), _("byte 0x{byte} is not UTF-8 text", byte=byte))

    def _document(self) -> Any:
        self._next()  # the stream's start
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        data = self._value(self._next(), ())
        while not isinstance(event, (DocumentEndEvent, StreamEndEvent)):
            event = self._next()
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            self._refuse(_place(event), _("a second document begins here"))
        return data

    def _value(self, event: Event, location: Location) -> Any:
        if self._places is not None:
            self._places.setdefault(location, _place(event))
        if type(event) is ScalarEvent:
            if event.tag is not None:
                self._refuse(_place(event), _("tags are not understood here"))
            return _typed(event.value) if event.implicit[0] else event.value
        if len(location) > _DEEPEST:
            self._refuse(_place(event), _("this is nested too deeply"))
        if type(event) is SequenceStartEvent:
            items: list[Any] = []
            while type(event := self._next()) is not SequenceEndEvent:
                items.append(self._value(event, (*location, len(items))))
            return items
        if type(event) is MappingStartEvent:
            return self._mapping(location)
        if type(event) is AliasEvent:
            self._refuse(_place(event), _("aliases are not understood here"))
        return None

    def _mapping(self, location: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                self._refuse(_place(event), _("a key must be a word"))
            key = event.value
            if key in found:
                message = _("{key} stands here twice", key=key)
                self.problems.append(Problem(self.path, *_place(event), message))
            if self._places is not None:
                self._places[(*location, key)] = _place(event)
            found[key] = self._value(self._next(), (*location, key))
        return found

    def _refuse(self, place: Place, message: str) -> NoReturn:
        self.problems.append(Problem(self.path, *place, message))
        raise _Refused


def _place(event: Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


@lru_cache(maxsize=4096)
def _typed(text: str) -> Any:
    """A plain scalar as YAML 1.1 reads it: null, truth, number or text; dates stay text."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in resolvers.get(text[:1], ()):
        if tag in _TYPED and pattern.match(text):
            return _construct(tag, text)
    return text


def _construct(tag: str, text: str) -> Any:
    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_object(yaml.ScalarNode(tag, text))
    finally:
        constructor.dispose()
