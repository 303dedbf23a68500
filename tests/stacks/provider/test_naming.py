"""Names: stable, within limits, without collisions that matter."""

from __future__ import annotations

import re

import pytest

from stacks.provider.naming import bridge_name, image_alias, instance_name, urn_type


def test_bridges_of_a_whole_country_have_names_of_their_own() -> None:
    names = {
        bridge_name(estate, f"c{site:05}/{kind}")
        for estate in ("phu-tho", "ha-noi")
        for site in range(3321)
        for kind in ("internal", "conference", "wireless")
    }
    assert len(names) == 2 * 3321 * 3
    assert all(re.fullmatch(r"[a-z][a-z0-9]{1,14}", name) for name in names)


def test_bridge_names_stay_what_they_are() -> None:
    """They are on running machines: another name would make every network anew."""
    assert bridge_name("phu-tho", "wan") == "gvim2htucw4ekzs"


@pytest.mark.parametrize(
    ("estate", "machine", "name"),
    [
        ("phu-tho", "portal-web-1", "phu-tho-portal-web-1"),
        ("25", "edge", "gv-25-edge"),
        ("a" * 40, "b" * 40, f"{'a' * 40}-{'b' * 9}-0365e0f62588"),
    ],
)
def test_instance_names(estate: str, machine: str, name: str) -> None:
    found = instance_name(estate, machine)
    assert found == name
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,61}[a-z0-9]", found)


def test_image_aliases_name_role_and_content() -> None:
    assert image_alias("portal-web", "0a1b2c3d4e5f6071") == "govctl-portal-web-0a1b2c3d4e5f"


@pytest.mark.parametrize(
    ("urn", "kind"),
    [
        ("urn:pulumi:one::p::govctl:lxd:Image::web", "govctl:lxd:Image"),
        ("urn:pulumi:one::p::a:b:C$govctl:lxd:Instance::web", "govctl:lxd:Instance"),
        ("urn:pulumi:one::p::a:b:C$d:e:F$govctl:lxd:Network::a::b$c", "govctl:lxd:Network"),
    ],
)
def test_the_type_of_a_urn(urn: str, kind: str) -> None:
    assert urn_type(urn) == kind
