"""What somebody breaks behind govctl's back is seen, named, and put right by the next `up`."""

from __future__ import annotations

import pytest

from govctl.estate.model import Estate, Machine
from tests.live.estates import LiveEstate, lxc

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

PAGE = "/srv/portal/index.html"


def only(estate: Estate, role: str, number: int = 0) -> Machine:
    return [machine for machine in estate.machines if machine.role == role][number]


def test_a_second_up_has_nothing_to_do_and_does_nothing(province: LiveEstate) -> None:
    before = province.created()
    again = province.govctl("up", "--yes")
    assert "nothing to change, nothing changed" in again.out
    assert province.created() == before
    assert "nothing to change" in province.govctl("plan").out


def test_what_stands_is_said_to_stand(province: LiveEstate) -> None:
    rows = province.govctl("status", "--format", "json").json["objects"]
    assert {row["state"] for row in rows} == {"stands"}
    assert len([row for row in rows if row["kind"] == "machine"]) == len(
        province.described.machines
    )
    assert province.govctl("drift", "--format", "json").json["drift"] == []


def test_damage_is_named_and_one_up_repairs_it(province: LiveEstate) -> None:
    estate = province.described
    edited = only(estate, "portal-web").id
    stopped = only(estate, "infrastructure-time").id
    deleted = only(estate, "bridge-baresip")
    page = province.inside(edited, f"cat {PAGE}")
    old_key = province.inside(deleted.id, "cat /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    province.inside(edited, f"echo 'by hand' >> {PAGE}")
    lxc("stop", "--force", province.instance(stopped))
    lxc("delete", "--force", province.instance(deleted.id))
    others = province.created()

    rows = province.govctl("status", "--format", "json", expect=1).json["objects"]
    states = {row["id"]: row["state"] for row in rows if row["state"] != "stands"}
    assert states == {stopped: "stopped", deleted.id: "missing"}
    found = province.govctl("drift", "--format", "json", expect=1).json["drift"]
    assert {(row["name"], *row["fields"]) for row in found if "Instance" in row["type"]} == {
        (edited, "files"),
        (stopped, "state"),
        (deleted.id,),
    }

    province.govctl("up", "--yes")
    assert province.inside(edited, f"cat {PAGE}") == page
    assert province.govctl("drift", "--format", "json").json["drift"] == []
    province.govctl("status")
    unharmed = others.keys() - {province.instance(stopped), province.instance(deleted.id)}
    after = province.created()
    assert {name: after[name] for name in unharmed} == {name: others[name] for name in unharmed}

    new_key = province.inside(deleted.id, "cat /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    pinned = (province.state / "known_hosts").read_text()
    assert new_key != old_key and new_key in pinned and old_key not in pinned
    witness = province.host(estate.machine(deleted.id))
    assert str(deleted.address4) in witness.interface(deleted.interfaces[0].name).addresses
    assert witness.service("baresip").is_running
