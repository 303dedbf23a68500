"""What the estate's flows open on each machine, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

from govctl.estate.model import Estate
from stacks.firewall import Opening, openings_of
from stacks.ruleset import counter_of
from stacks.topology import Prefixes, topology_of
from tests.stacks.province import HY_CUONG, VAN_PHU, province, text_of


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


def _lets(openings: tuple[Opening, ...], source: str, to: str, protocol: str, port: int) -> bool:
    return any(
        opening.flow.protocol == protocol
        and any(one.first <= port <= one.last for one in opening.flow.ports)
        and _holds(opening.sources, source)
        and _holds(opening.destinations, to)
        for opening in openings
    )


def _holds(prefixes: Prefixes | None, address: str) -> bool:
    if prefixes is None:
        return not address.startswith(("10.25.", "fd25:25:"))
    return any(ip_address(address) in prefix for prefix in prefixes)


POINT, POINT6, OTHER_POINT = "10.25.156.20", "fd25:25:0:2341::4", "10.25.169.26"
CLERK = "10.25.156.140"
DNS, PORTAL, ADMIN = "10.25.35.43", "10.25.34.251", "10.25.37.254"


@pytest.mark.parametrize(
    ("router", "source", "to", "protocol", "port", "passes"),
    [
        ("r-c08515", POINT, "sip", "tcp", 5061, True),
        ("r-c08515", POINT6, "sip6", "tcp", 5061, True),
        ("r-c08515", POINT, "media", "udp", 30000, True),
        ("r-c08515", POINT, "media", "udp", 29999, False),
        ("r-c08515", POINT, "media", "udp", 2223, False),
        ("r-c08515", CLERK, "sip", "tcp", 5061, False),
        ("r-c08515", CLERK, PORTAL, "tcp", 443, True),
        ("r-c08515", POINT, PORTAL, "tcp", 443, False),
        ("r-c08515", ADMIN, POINT, "tcp", 22, True),
        ("r-c08515", DNS, POINT, "tcp", 22, False),
        ("r-c08515", POINT, OTHER_POINT, "udp", 30000, False),
        ("r-c07918", POINT, "sip", "tcp", 5061, False),
        ("edge", POINT, "sip", "tcp", 5061, True),
        ("edge", OTHER_POINT, "media", "udp", 39999, True),
        ("edge", DNS, "10.25.38.110", "tcp", 6514, False),
        ("firewall", DNS, "10.25.38.110", "tcp", 6514, True),
        ("firewall", POINT, "sip", "tcp", 5061, True),
        ("firewall", POINT, "sip", "udp", 5061, False),
        ("firewall", ADMIN, PORTAL, "tcp", 22, True),
        ("firewall", ADMIN, PORTAL, "tcp", 443, False),
        ("firewall", "sip", "media", "udp", 2223, False),
    ],
)
def test_routers_pass_what_crosses_them(
    estate: Estate, router: str, source: str, to: str, protocol: str, port: int, passes: bool
) -> None:
    sip, media = estate.machine("meeting-sip-1"), estate.machine("meeting-media-1")
    named = {
        "sip": str(sip.address4), "sip6": str(sip.address6), "media": str(media.address4),
    }  # fmt: skip
    through = openings_of(estate.machine(router), estate).through
    assert _lets(through, named.get(source, source), named.get(to, to), protocol, port) == passes


@pytest.mark.parametrize(
    ("machine", "incoming", "outgoing"),
    [
        ("portal-web-1", {22, 80, 443}, {53, 80, 123, 6514}),
        ("meeting-sip-1", {22, 5061}, {53, 80, 123, 2223, 6514}),
        ("meeting-media-1", {22, 2223, 30000}, {53, 80, 123, 6514}),
        ("bp-c08515-hall", {22}, {53, 80, 123, 5061, 6514, 30000}),
        ("infrastructure-dns-1", {22, 53}, {53, 80, 123, 6514}),
        ("edge", {22}, {53, 80, 123, 6514}),
    ],
)
def test_hosts_open_what_they_serve_and_use(
    estate: Estate, machine: str, incoming: set[int], outgoing: set[int]
) -> None:
    openings = openings_of(estate.machine(machine), estate)
    assert {one.flow.ports[0].first for one in openings.incoming} == incoming
    assert {one.flow.ports[0].first for one in openings.outgoing} == outgoing


def test_a_flow_between_communes_turns_back_at_the_edge(tmp_path: Path) -> None:
    flow = f"{{from: {HY_CUONG}/internal, to: {VAN_PHU}/internal, port: 8443, why: test}}"
    estate = province(tmp_path, flow)
    here, there = "10.25.156.140", "10.25.169.140"
    for router, passes in (
        ("edge", True),
        ("r-c08515", True),
        ("r-c07918", True),
        ("firewall", False),
    ):
        through = openings_of(estate.machine(router), estate).through
        assert _lets(through, here, there, "tcp", 8443) == passes, router
        assert not _lets(through, there, here, "tcp", 8443), router


def test_the_internet_is_what_lies_beyond_the_estate(tmp_path: Path) -> None:
    estate = province(tmp_path, "{from: internet, to: portal.web, port: 443, why: public}")
    for router in ("edge", "firewall"):
        through = openings_of(estate.machine(router), estate).through
        assert _lets(through, "203.0.113.9", PORTAL, "tcp", 443)
        assert not _lets(through, DNS, PORTAL, "tcp", 443)
    text = text_of(estate.machine("edge"), estate, "/etc/nftables.conf")
    assert 'iifname "wan" ip saddr != 10.25.0.0/16 accept' in text
    assert 'iifname "edge" ip saddr != 10.25.0.0/16 accept' not in text


@pytest.mark.parametrize(
    ("router", "leg", "address", "may_send"),
    [
        ("r-c08515", "conference", POINT, True),
        ("r-c08515", "conference", POINT6, True),
        ("r-c08515", "conference", CLERK, False),
        ("r-c08515", "internal", PORTAL, False),
        ("r-c08515", "wan", DNS, True),
        ("r-c08515", "wan", CLERK, False),
        ("edge", "wan", POINT, True),
        ("edge", "wan", DNS, False),
        ("edge", "edge", DNS, True),
        ("edge", "edge", POINT, False),
        ("firewall", "edge", POINT, True),
        ("firewall", "edge", DNS, False),
        ("firewall", "app", DNS, True),
        ("firewall", "dmz", DNS, False),
    ],
)
def test_nobody_sends_from_another_side(
    estate: Estate, router: str, leg: str, address: str, may_send: bool
) -> None:
    legs = {one.interface.name: one for one in topology_of(estate).legs(estate.machine(router))}
    assert _holds(legs[leg].sources, address) == may_send


def test_everything_else_is_dropped_whichever_way_it_goes(estate: Estate) -> None:
    for machine in estate.machines:
        text = text_of(machine, estate, "/etc/nftables.conf")
        for hook in ("input", "forward", "output"):
            assert f"type filter hook {hook} priority filter; policy drop;" in text
        assert text.count("policy accept") == (1 if machine.is_router else 0)


def test_counters_are_told_apart(estate: Estate) -> None:
    assert len({counter_of(flow) for flow in estate.flows}) == len(estate.flows)
    first = estate.flows[0]
    alike = [first.model_copy(update={"id": name}) for name in ("a.b", "a:b", "a-b", "A-b")]
    assert len({counter_of(flow) for flow in alike}) == 4


@pytest.mark.skipif(
    not (shutil.which("nft") and shutil.which("unshare") and os.geteuid() == 0),
    reason="nft, unshare and root are needed",
)
def test_nftables_takes_every_ruleset(estate: Estate, tmp_path: Path) -> None:
    hostile = estate.model_copy(
        update={
            "flows": tuple(
                flow.model_copy(update={"why": 'x" accept\n\tip saddr 0.0.0.0/0 accept # {'})
                for flow in estate.flows
            )
        }
    )
    for one in (estate, hostile):
        for machine in one.machines:
            file = tmp_path / "nftables.conf"
            file.write_text(text_of(machine, one, "/etc/nftables.conf"))
            command = ["unshare", "-n", "nft", "-c", "-f", str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{machine.id}: {done.stderr}"
            lines = [line.strip() for line in file.read_text().splitlines()]
            assert not any(line.startswith("ip saddr 0.0.0.0/0") for line in lines)
