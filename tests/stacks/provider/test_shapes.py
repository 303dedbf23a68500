"""Our objects as LXD writes them; the raw answers are those of LXD 5.0.2."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.provider.targets import shapes
from stacks.provider.targets.target import Instance, Limits, Network, Nic

MACHINE = Instance(
    name="h-web",
    image="3ed123ab",
    pool="govctl",
    limits=Limits(memory=67108864, cpu=1, disk=209715200, processes=100),
    nics=(Nic("eth0", "gvabc", "02:00:00:00:00:01"),),
    tags={"estate": "h", "urn": "urn:x", "label.role": "web"},
    running=True,
)


def raw_instance(
    config: dict[str, str | None] | None = None, devices: dict[str, Any] | None = None
) -> dict[str, Any]:
    settings: dict[str, str | None] = {
        "boot.autostart": "true",
        "image.description": "tiny",
        "limits.cpu": "1",
        "limits.memory": "67108864",
        "limits.processes": "100",
        "raw.lxc": "lxc.apparmor.profile=unconfined",
        "security.idmap.isolated": "true",
        "security.nesting": "false",
        "security.privileged": "false",
        "user.govctl.estate": "h",
        "user.govctl.label.role": "web",
        "user.govctl.urn": "urn:x",
        "volatile.base_image": "3ed123ab",
        "volatile.eth0.host_name": "veth48fc4ae3",
        "volatile.last_state.power": "RUNNING",
        **(config or {}),
    }
    return {
        "name": "h-web",
        "status": "Running",
        "config": {key: value for key, value in settings.items() if value is not None},
        "devices": {
            "eth0": {
                "hwaddr": "02:00:00:00:00:01",
                "name": "eth0",
                "network": "gvabc",
                "type": "nic",
            },
            "root": {"path": "/", "pool": "govctl", "size": "209715200", "type": "disk"},
            **(devices or {}),
        },
    }


def test_a_machine_as_we_made_it_has_nothing_foreign() -> None:
    assert shapes.instance(raw_instance()) == MACHINE


def test_what_we_write_is_what_we_read() -> None:
    raw = {
        "name": MACHINE.name,
        "status": "Running",
        "config": shapes.instance_settings(MACHINE) | {"volatile.base_image": "3ed123ab"},
        "devices": shapes.instance_devices(MACHINE),
    }
    assert shapes.instance(raw) == MACHINE


@pytest.mark.parametrize(
    ("config", "devices", "options"),
    [
        ({"security.nesting": "true"}, {}, {"security.nesting": "true"}),
        ({"security.idmap.isolated": None}, {}, {"security.idmap.isolated": "(unset)"}),
        ({"raw.apparmor": "mount,\nptrace,"}, {}, {"raw.apparmor": "mount,\nptrace,"}),
        ({"raw.lxc": "lxc.apparmor=x"}, {}, {"raw.lxc": "lxc.apparmor=x"}),
        (
            {},
            {"door": {"type": "disk", "source": "/", "path": "/host"}},
            {"device:door": '{"path": "/host", "source": "/", "type": "disk"}'},
        ),
        (
            {},
            {"eth1": {"type": "nic", "nictype": "bridged", "parent": "eth0"}},
            {"device:eth1": '{"nictype": "bridged", "parent": "eth0", "type": "nic"}'},
        ),
    ],
)
def test_a_foreign_setting_is_seen(
    config: dict[str, str | None], devices: dict[str, Any], options: dict[str, str]
) -> None:
    assert shapes.instance(raw_instance(config, devices)).options == options


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("67108864", 67108864),
        ("64MiB", 67108864),
        ("1GB", 10**9),
        ("2GiB", 2**31),
        (None, 0),
        ("50%", -1),
    ],
)
def test_limits_as_people_write_them(text: str | None, number: int) -> None:
    assert shapes.instance(raw_instance({"limits.memory": text})).limits.memory == number


def test_pinned_processors_are_no_number() -> None:
    assert shapes.instance(raw_instance({"limits.cpu": "0-3"})).limits.cpu == -1


CLOSED = Network("gvabc", "h wan", None, None, None, {"estate": "h", "urn": "urn:x"})
ADMIN = Network("gvadm", "h admin", "10.25.5.254/24", "fd25::fe/64", 1400, {"estate": "h"})


@pytest.mark.parametrize("network", [CLOSED, ADMIN])
def test_networks_come_back_as_they_were_written(network: Network) -> None:
    raw = {
        "name": network.name,
        "description": network.description,
        "config": shapes.network_settings(network),
    }
    assert shapes.network(raw) == network


def test_the_host_is_no_router_no_dhcp_and_no_name_server() -> None:
    settings = shapes.network_settings(CLOSED)
    assert (settings["ipv4.address"], settings["ipv6.address"]) == ("none", "none")
    for service in ("nat", "dhcp", "routing", "firewall"):
        assert settings[f"ipv4.{service}"] == settings[f"ipv6.{service}"] == "false"
    assert "raw.dnsmasq" not in settings
    assert shapes.network_settings(ADMIN)["raw.dnsmasq"] == "port=0\nra-param=gvadm,0,0"


def test_a_bridge_that_was_opened_by_hand_is_seen() -> None:
    raw = {
        "name": "gvabc",
        "description": "h wan",
        "config": shapes.network_settings(CLOSED) | {"ipv4.nat": "true"},
    }
    assert shapes.network(raw).options == {"ipv4.nat": "true"}


def test_who_is_in_the_way_of_a_networks_end_has_a_name() -> None:
    urls = ["/1.0/instances/old-archive?project=it", "/1.0/profiles/default", "/1.0/instances/b"]
    assert shapes.machines_on({"used_by": urls}) == ("old-archive", "b")
    assert shapes.machines_on({"used_by": None}) == ()
