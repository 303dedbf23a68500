from __future__ import annotations

import os

import pytest

from govctl.errors import TargetError
from govctl.pipeline.hosts import visited, why
from govctl.texts import msg
from scanners.host.model import Raw
from scanners.host.reach.address import HostAddress, LocalHost, Place

WHOLE, HALF = Raw({}, {}, True), Raw({}, {}, True, gap=msg("some are lacking"))


@pytest.mark.parametrize(
    ("place", "is_hinted"),
    [
        (HostAddress("h", "an", sudo=False), True),
        (HostAddress("h", "an", sudo=True), False),
        (HostAddress("h", "root", sudo=False), False),
        (LocalHost(True), False),
        (LocalHost(False), os.geteuid() != 0),
    ],
)
def test_a_gap_is_told_with_what_helps(place: Place, is_hinted: bool) -> None:
    assert visited("h", WHOLE, place).state == "done"
    step = visited("h", HALF, place)
    assert step.state == "incomplete"
    assert step.text is not None
    said = step.text.render("en")
    assert said.startswith("some are lacking")
    assert ("--sudo" in said) == is_hinted


def test_an_error_is_told_with_its_hint() -> None:
    assert why(TargetError("no way")).render("en") == "no way"
    assert why(TargetError("no {way}", hint="go round")).render("en") == "no {way}; go round"


def test_a_password_is_in_no_representation() -> None:
    for place in (LocalHost(True, "hunter2"), HostAddress("h", "an", sudo_password="hunter2")):
        assert "hunter2" not in f"{place!r} {place}"
