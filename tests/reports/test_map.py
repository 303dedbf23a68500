"""Names on the map: none lies over another name or mark, and the worst come first."""

from __future__ import annotations

from govctl.reports.map import draw
from govctl.reports.tree import Tree
from tests.reports import examples


def test_names_that_would_overlap_are_left_out_and_the_others_stand() -> None:
    near = [(f"{n:05d}", f"Xã {n}", 21.0 + n / 5000, 105.0 + n / 5000) for n in range(8)]
    estate = examples.estate([*near, ("99999", "Xã xa", 20.0, 105.0)])
    tree = Tree(examples.run(estate, examples.checks(8)), estate)
    points = {point.unit.id: point for point in draw(tree).points}
    assert points["99999"].labelled
    assert not all(point.labelled for point in points.values())


def test_many_points_have_no_names() -> None:
    communes = [(f"{n:05d}", f"Xã {n}", 20.0 + n, 105.0) for n in range(40)]
    estate = examples.estate(communes)
    tree = Tree(examples.run(estate, examples.checks(2)), estate)
    assert not [point for point in draw(tree).points if point.labelled]
