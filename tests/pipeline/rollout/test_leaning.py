"""Who leans on whom, in a data centre with two communes."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.estate.model import Estate
from govctl.pipeline.job import Job
from govctl.pipeline.probes import ask_services
from govctl.pipeline.rollout.leaning import leaning_on
from govctl.pipeline.workspace import Workspace
from tests.stacks.province import HY_CUONG, VAN_PHU, province


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("leaning"))


def of_role(estate: Estate, *roles: str) -> set[str]:
    return {machine.id for machine in estate.machines if machine.role in roles}


def router_of(estate: Estate, site: str) -> str:
    return next(m.id for m in estate.machines if m.site == site and m.is_router)


def test_nobody_leans_on_a_room(estate: Estate) -> None:
    room = min(of_role(estate, "bridge-baresip"))
    assert leaning_on(estate, [room]) == {room}


def test_rooms_lean_on_the_conference_server_and_through_it_on_the_relay(estate: Estate) -> None:
    sip, media = of_role(estate, "conference-sip"), of_role(estate, "conference-media")
    rooms = of_role(estate, "bridge-baresip")
    routers = {router_of(estate, HY_CUONG), router_of(estate, VAN_PHU)}  # they have legs there
    assert len(rooms) == 2
    assert leaning_on(estate, sip) == sip | rooms | routers
    assert leaning_on(estate, media) == media | sip | rooms | routers


@pytest.mark.parametrize("service", ["dns", "time", "log", "ca"])
def test_everything_leans_on_what_the_whole_estate_uses(estate: Estate, service: str) -> None:
    found = leaning_on(estate, of_role(estate, f"infrastructure-{service}"))
    assert found == {machine.id for machine in estate.machines}


def test_behind_a_communes_router_is_the_commune(estate: Estate) -> None:
    router = router_of(estate, HY_CUONG)
    commune = {machine.id for machine in estate.machines if machine.site == HY_CUONG}
    assert leaning_on(estate, [router]) == commune > {router}


@pytest.mark.parametrize("kind", ["edge", "firewall"])
def test_behind_the_hubs_routers_is_everything(estate: Estate, kind: str) -> None:
    router = next(machine.id for machine in estate.machines if machine.kind == kind)
    assert leaning_on(estate, [router]) == {machine.id for machine in estate.machines}


def test_nobody_leans_on_nothing(estate: Estate) -> None:
    assert leaning_on(estate, []) == frozenset()


def test_of_nothing_no_service_is_asked(estate: Estate, tmp_path: Path) -> None:
    told: list[object] = []
    assert ask_services(Job(estate, Workspace(tmp_path), told.append), []) == ()
    assert told == []
