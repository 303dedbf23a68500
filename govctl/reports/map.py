"""Units on a map: their coordinates on a plane, coloured and shaped by their worst open finding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from govctl.estate.model import Unit
from govctl.reports.tree import Tree
from policies.rollup import Node

_LABELS = 24
"""More names than this nobody reads; the table beside the map has them all."""
_LETTER, _LINE, _MARK = 6.5, 13, 8
"""Units of the picture: a letter's width on average, a line's height, half of a mark."""

Mark = Literal["none", "pass", "not-evaluated", "unreachable", "fail-light", "fail"]
"""How a unit is drawn: no machine; nothing open; …; failures of low or medium severity only; at
least one high or critical failure. Best first, so that the worst is drawn last, on top."""
MARKS: tuple[Mark, ...] = get_args(Mark)


@dataclass(frozen=True)
class Point:
    """A unit's place in the picture, from the top left."""

    unit: Unit
    x: float
    y: float
    mark: Mark
    labelled: bool = False
    """True if there is room for its name."""


@dataclass(frozen=True)
class Map:
    """The picture, and the units that have no coordinates."""

    width: int
    height: int
    points: tuple[Point, ...]
    unplaced: tuple[Unit, ...]


def marks(tree: Tree) -> dict[str, Mark]:
    """How each unit is drawn, by its id."""
    bare: dict[str, Mark] = {unit.id: "none" for unit in tree.bare_units}
    return bare | {node.id: _mark(tree, node) for node in tree.units}


def draw(tree: Tree, width: int = 520, margin: int = 24) -> Map:
    """Project the units (equirectangular about their middle: a province is small)."""
    places = {
        unit.id: (unit.latitude, unit.longitude)
        for unit in tree.estate.units
        if unit.latitude is not None and unit.longitude is not None
    }
    unplaced = tuple(unit for unit in tree.estate.units if unit.id not in places)
    if not places:
        return Map(width, 0, (), unplaced)
    south, north = min(y for y, _x in places.values()), max(y for y, _x in places.values())
    west, east = min(x for _y, x in places.values()), max(x for _y, x in places.values())
    squeeze = math.cos(math.radians((south + north) / 2))
    span = max((east - west) * squeeze, north - south, 0.01)
    scale = (width - 2 * margin) / span
    indent = (width - (east - west) * squeeze * scale) / 2
    drawn = marks(tree)
    points = [
        Point(
            tree.estate.unit(unit),
            round(indent + (longitude - west) * squeeze * scale, 1),
            round(margin + (north - latitude) * scale, 1),
            drawn[unit],
        )
        for unit, (latitude, longitude) in places.items()
    ]
    height = round((north - south) * scale) + 2 * margin
    points = _labelled(sorted(points, key=_best_first), width)
    return Map(width, height, tuple(points), unplaced)


def _labelled(points: Sequence[Point], width: int) -> list[Point]:
    """Names for as many as have room, the worst first; none if there are too many to read."""
    if len(points) > _LABELS:
        return list(points)
    taken = [(one.x - _MARK, one.x + _MARK, one.y, one.unit.id) for one in points]
    named = set()
    for point in reversed(points):
        start, end = _extent(point, width)
        free = all(
            end < left or right < start or abs(point.y - y) > _LINE or owner == point.unit.id
            for left, right, y, owner in taken
        )
        if free:
            taken.append((start, end, point.y, point.unit.id))
            named.add(point.unit.id)
    return [replace(point, labelled=point.unit.id in named) for point in points]


def _extent(point: Point, width: int) -> tuple[float, float]:
    """From where to where a mark and its name reach; the name stands left of a mark far right."""
    long = 11 + _LETTER * max(len(point.unit.name.vi), len(point.unit.name.en))
    if point.x >= width * 0.7:
        return point.x - long, point.x + _MARK
    return point.x - _MARK, point.x + long


def _mark(tree: Tree, node: Node) -> Mark:
    status = node.status
    if status == "fail":
        return "fail" if tree.severity(node) in ("high", "critical") else "fail-light"
    return "pass" if status == "not-applicable" else status


def _best_first(point: Point) -> tuple[int, str]:
    return MARKS.index(point.mark), point.unit.id
