"""What stands after one `up`, as an independent witness sees it: testinfra, OpenSSH, two desks."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from testinfra.host import Host

from govctl.estate.model import Estate, Machine
from stacks.names import machine_name, service_name
from tests.live.desks import desks
from tests.live.estates import LiveEstate, lxc
from tests.live.media import Capture

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]  # the first test waits for the province

SERVICES = {
    "network-router": ("nftables", "systemd-networkd"),
    "infrastructure-dns": ("unbound",),
    "infrastructure-time": ("chrony",),
    "infrastructure-log": ("rsyslog",),
    "infrastructure-ca": ("nginx",),
    "conference-sip": ("kamailio",),
    "conference-media": ("rtpengine-daemon",),
    "portal-web": ("nginx",),
    "bridge-baresip": ("baresip",),
}
EVERYWHERE = ("ssh", "chrony", "rsyslog", "cron")
T = TypeVar("T")


@pytest.fixture(scope="module")
def described(province: LiveEstate) -> Estate:
    return province.described


def everywhere(province: LiveEstate, look: Callable[[Machine, Host], T]) -> dict[str, T]:
    """Look at every machine, some at once; answers by machine."""
    machines = province.described.machines

    def one(machine: Machine) -> T:
        return look(machine, province.host(machine))

    with ThreadPoolExecutor(6) as pool:
        return dict(zip((m.id for m in machines), pool.map(one, machines), strict=True))


def of_role(estate: Estate, role: str) -> Machine:
    return next(machine for machine in estate.machines if machine.role == role)


def test_machines_have_their_addresses_of_both_families(province: LiveEstate) -> None:
    def look(machine: Machine, host: Host) -> set[str]:
        found: set[str] = set()
        for leg in machine.interfaces:
            found.update(host.interface(leg.name).addresses)
        wanted = {str(end.ip) for leg in machine.interfaces for end in (leg.ipv4, leg.ipv6)}
        return wanted - found

    assert set(map(frozenset, everywhere(province, look).values())) == {frozenset()}


def test_services_run_and_no_unit_failed(province: LiveEstate) -> None:
    def look(machine: Machine, host: Host) -> list[str]:
        units = (*EVERYWHERE, *SERVICES[machine.role])
        states = host.run(f"systemctl is-active {' '.join(units)}").stdout.split()
        down = [unit for unit, state in zip(units, states, strict=True) if state != "active"]
        failed: str = host.run("systemctl --failed --plain --no-legend").stdout
        return down + failed.splitlines()

    assert {name: bad for name, bad in everywhere(province, look).items() if bad} == {}


def test_every_filter_drops_what_nothing_declares(province: LiveEstate) -> None:
    def look(machine: Machine, host: Host) -> set[str]:
        rules = json.loads(host.check_output("nft -j list ruleset"))["nftables"]
        chains = [rule["chain"] for rule in rules if "hook" in rule.get("chain", {})]
        return {chain["hook"] for chain in chains if chain["policy"] == "drop"}

    for name, dropping in everywhere(province, look).items():
        assert {"input", "output", "forward"} <= dropping, name


def test_nobody_logs_in_as_root_or_with_a_password(province: LiveEstate) -> None:
    def look(machine: Machine, _host: Host) -> str:
        done = subprocess.run(
            ["ssh", "-F", province.ssh_config, f"root@{machine.address4}", "true"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return f"{done.returncode} {done.stderr.strip()}"

    for name, answer in everywhere(province, look).items():
        assert re.search(r"^255 .*Permission denied \(publickey\)", answer, re.S), (
            f"{name}: {answer}"
        )


def test_names_resolve_over_both_families(province: LiveEstate, described: Estate) -> None:
    host = province.host(of_role(described, "portal-web"))
    for machine in described.machines:
        found = host.addr(str(machine_name(machine, described)))
        assert {str(machine.address4), str(machine.address6)} <= set(found.ip_addresses), machine.id
    assert not host.addr("name-outside-the-estate.example").is_resolvable


def test_logs_arrive_at_the_central_server(province: LiveEstate, described: Estate) -> None:
    marker = f"witness-{time.monotonic_ns()}"
    sender = of_role(described, "bridge-baresip")
    province.host(sender).check_output(f"logger -t witness {marker}")
    server = province.host(of_role(described, "infrastructure-log"))
    for _ in range(30):
        found = server.run(f"grep -rhF {marker} /var/log/hosts").stdout
        if sender.id in found:  # and not only in the log of this very search
            break
        time.sleep(0.5)
    assert sender.id in found


def test_every_bridge_point_is_registered_over_tls(province: LiveEstate, described: Estate) -> None:
    host = province.host(of_role(described, "conference-sip"))
    table = host.check_output("kamcmd ul.dump")
    users = set(re.findall(r"AoR: (\S+)", table))
    assert users == {point.user for point in described.bridge_points}
    assert set(re.findall(r"Socket: (\w+):", table)) == {"tls"}


def test_a_call_is_relayed_and_encrypted_both_ways(province: LiveEstate, described: Estate) -> None:
    caller, callee = described.bridge_points[:2]
    machine = described.machine(caller.machine)
    relay = of_role(described, "conference-media")
    leg = f"volatile.{machine.interfaces[0].name}.host_name"
    device = lxc("config", "get", province.instance(machine.id), leg).strip()
    for _attempt in range(2):  # a room may be renewing its connection, as govctl's own probe says
        with Capture(device) as capture:
            said = province.host(machine).run(f"govctl-call sip:{callee.user}@{described.domain} 4")
        if said.rc == 0:
            break
    assert said.rc == 0, said.stdout
    room, hub = ({m.address4, m.address6} for m in (machine, relay))
    streams = {ends: first for ends, first in capture.first_bytes.items() if len(first) > 50}
    ways = {(source in room, destination in hub) for source, destination in streams}
    assert ways == {(True, True), (False, False)}, streams.keys()
    for (source, destination), first in streams.items():
        assert {source, destination} <= room | hub
        # Opus begins each packet of a tone with the same byte or two; a cipher with any of 256.
        assert len(set(first)) > 30, (source, destination)


def test_the_portal_answers_over_verified_tls_where_people_sit(
    province: LiveEstate, described: Estate, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_text(province.inside("infrastructure-ca-1", "cat /etc/ssl/govctl/root.pem"))
    url = f"https://{service_name(described, 'portal', 'web')}/"
    site = next(site for site in described.sites if not site.hub)
    with desks(described, f"{site.id}/internal") as (desk,):
        for family in ("AF_INET", "AF_INET6"):
            assert 'data-estate="t-live"' in desk.page(url, root, family)


def test_only_declared_ports_open_between_zones_in_either_direction(
    province: LiveEstate, described: Estate
) -> None:
    site = next(site for site in described.sites if not site.hub)
    names = of_role(described, "infrastructure-dns")
    sip = of_role(described, "conference-sip")
    zones = (f"{site.id}/internal", f"{described.hub.id}/dmz", f"{site.id}/conference")
    with desks(described, *zones) as (office, inner, room), office.listening(8080), \
            inner.listening(8080):  # fmt: skip
        for declared in (names.address4, names.address6):
            assert office.reach(declared, 53) == "open"
            assert inner.reach(declared, 53) == "open"
        assert room.reach(sip.address4, 5061) == room.reach(sip.address6, 5061) == "open"
        assert office.reach(office.ipv4, 8080) == "open", "somebody listens"
        tried = [
            (office, inner.ipv4, 8080),
            (office, inner.ipv6, 8080),
            (inner, office.ipv4, 8080),
            (inner, office.ipv6, 8080),
            (room, office.ipv4, 8080),
            (office, sip.address4, 5061),
            (office, sip.address6, 5061),
            (office, sip.address4, 22),
        ]
        with ThreadPoolExecutor(len(tried)) as pool:
            heard = list(pool.map(lambda one: one[0].reach(*one[1:]), tried))
        assert heard == ["silence"] * len(tried)
