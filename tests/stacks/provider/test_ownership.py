"""Whose an object is."""

from __future__ import annotations

import pytest

from govctl.errors import TargetError
from stacks.provider.kind import Before
from stacks.provider.ownership import Owner
from stacks.provider.sharing import Hold, holds, with_holds

OURS = Owner("phu-tho", "urn:web")


def test_an_object_with_our_own_marks_is_taken_up() -> None:
    OURS.require("machine web", OURS.tags)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({}, "machine web is there already and was not made by govctl"),
        ({"urn": "urn:web"}, "machine web is there already and was not made by govctl"),
        ({"estate": "ha-noi", "urn": "urn:web"}, "machine web belongs to another estate, ha-noi"),
        (
            {"estate": "phu-tho", "urn": "urn:db"},
            "machine web is held by another resource of this estate: urn:db",
        ),
    ],
)
def test_an_object_of_anybody_else_is_refused(tags: dict[str, str], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        OURS.require("machine web", tags)


@pytest.mark.parametrize(
    ("before", "tags", "allowed"),
    [
        (Before("web", {"name": "web"}), {"estate": "phu-tho"}, True),
        (Before("web", {"name": "web"}), {}, False),
        (Before("web", {"name": "web"}), {"estate": "ha-noi"}, False),
        (Before("web", {}), {}, True),
        (Before("web", {}), {"estate": "ha-noi"}, False),
        (Before("web", {"name": "web"}, {"imported": True}), {}, True),
        (Before("web", {"name": "web"}, {"imported": True}), {"estate": "ha-noi"}, False),
    ],
)
def test_only_ours_and_what_was_imported_on_purpose_may_be_changed(
    before: Before, tags: dict[str, str], allowed: bool
) -> None:
    assert before.allows(OURS, tags) is allowed


WEB = Hold("portal-web", "0a1b2c3d4e5f6071", "urn:pulumi:core::p::govctl:lxd:Image::web page")
OLD = Hold("portal-web", "1111111111111111", WEB.urn)


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"phu-tho": frozenset({WEB})},
        {"phu-tho": frozenset({WEB, OLD}), "ha-noi": frozenset({WEB})},
    ],
)
def test_holders_of_an_image_come_back_from_its_tags(found: dict[str, frozenset[Hold]]) -> None:
    tags = with_holds({"recipe": "x", "estate.left-over": "urn:old"}, found)
    assert holds(tags) == found
    assert tags["recipe"] == "x"


def test_an_image_is_named_by_role_and_digest() -> None:
    assert WEB.alias == "govctl-portal-web-0a1b2c3d4e5f"
