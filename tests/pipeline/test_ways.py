"""Routes of this machine that lead past the estate."""

from __future__ import annotations

import json

import pytest

from govctl.estate.model import Estate
from govctl.pipeline.ways import detours, leads_in
from stacks.provider.naming import bridge_name
from tests.stacks.province import province


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


def _around(address: object, device: str) -> dict[str, object]:
    """A route to an address and its neighbours, as `ip -j route` prints one."""
    prefix = f"{str(address).rpartition('.')[0]}.0/24"
    return {"dst": prefix, "dev": device, "protocol": "kernel", "flags": ["linkdown"]}


def test_a_narrower_route_of_somebody_else_names_the_machines_that_it_hides(estate: Estate) -> None:
    hidden = estate.machine("infrastructure-dns-1")
    routes = json.dumps([_around(hidden.address4, "br-other")])
    found = list(detours(estate, "-4", routes))
    assert [one.device for one in found] == ["br-other"]
    assert hidden.id in found[0].machines
    assert "portal-web-1" not in found[0].machines


def test_a_route_to_one_address_is_one_too(estate: Estate) -> None:
    machine = estate.machine("portal-web-1")
    routes = json.dumps([{"dst": str(machine.address6), "dev": "tun0"}])
    assert [one.machines for one in detours(estate, "-6", routes)] == [(machine.id,)]


def test_the_estates_own_bridge_and_empty_space_are_no_detours(estate: Estate) -> None:
    own = bridge_name(estate.id, estate.controller.zone)
    controller = _around(estate.controller.ipv4.ip, own)
    whole = {"dst": str(estate.ipv4), "gateway": str(estate.controller.via4), "dev": own}
    taken = {machine.address4 for machine in estate.machines}
    free = next(host for host in estate.ipv4 if host not in taken)
    routes = json.dumps([whole, controller, {"dst": f"{free}/32", "dev": "br-other"}])
    assert list(detours(estate, "-4", routes)) == []
    assert leads_in(estate, routes)
    assert list(detours(estate, "-4", "")) == []


def test_a_restart_leaves_no_way_into_the_estate_but_the_neighbours(estate: Estate) -> None:
    own = bridge_name(estate.id, estate.controller.zone)
    neighbours = _around(estate.controller.ipv4.ip, own)
    elsewhere = {"dst": str(estate.ipv4), "dev": "br-other"}
    assert not leads_in(estate, json.dumps([neighbours, elsewhere, {"dst": "default", "dev": own}]))
    assert not leads_in(estate, "")
