"""YAML read with the place of everything in it, so that a message can say file, line and column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from govctl.errors import Problem
from govctl.texts import _

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Place = tuple[int, int]
Location = tuple[str | int, ...]


@dataclass
class Row:
    """One element of a file's list: plain data, and where each part of it stands."""

    data: Any
    places: dict[Location, Place] = field(default_factory=dict)

    def place(self, location: Location) -> Place:
        """Where a part stands; for a part that is missing, where its parent does."""
        while location not in self.places and location:
            location = location[:-1]
        return self.places.get(location, (0, 0))


def read(path: Path) -> tuple[list[Row], list[Problem]]:
    """The elements of a YAML list; broken YAML gives no rows and one problem."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return [], [Problem(path, line, column, error.problem or _("this is not YAML"))]
    if root is None:
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        return [], [Problem(path, 1, 1, _("this is no list"), expected=_("a list of checks"))]
    problems: list[Problem] = []
    rows = []
    for node in root.value:
        row = Row(None)
        row.data = _plain(node, (), row, path, problems)
        rows.append(row)
    return rows, problems


def _plain(
    node: yaml.Node, location: Location, row: Row, path: Path, problems: list[Problem]
) -> Any:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    row.places.setdefault(location, (line, column))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, i), row, path, problems)
                for i, item in enumerate(node.value)]  # fmt: skip
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node)
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        key_place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in result:
            problems.append(Problem(path, *key_place, _("{key} stands here twice", key=key)))
        row.places[(*location, key)] = key_place
        result[key] = _plain(value_node, (*location, key), row, path, problems)
    return result


def _scalar(node: yaml.Node) -> Any:
    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_object(node)
    finally:
        constructor.dispose()
