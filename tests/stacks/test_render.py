"""Every machine of a province gets its files, its certificates and its probes."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from govctl.errors import GovctlError
from govctl.estate.model import Estate, Existing
from stacks.names import names_of
from stacks.render import certificates_for, files_for, probes_for
from tests.stacks.province import CONTEXT, file_of, province, text_of


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


def test_every_machine_has_what_every_machine_needs(estate: Estate) -> None:
    for machine in estate.machines:
        paths = {file.path for file in files_for(machine, estate, CONTEXT)}
        assert {
            "/etc/hostname",
            "/etc/hosts",
            "/etc/resolv.conf",
            "/etc/nftables.conf",
            "/etc/chrony/chrony.conf",
            "/etc/ssh/authorized_keys/govctl",
        } <= paths, machine.id
        assert all(
            f"/etc/systemd/network/10-{leg.name}.network" in paths for leg in machine.interfaces
        )


def test_the_authority_is_not_given_the_root_that_it_makes(estate: Estate) -> None:
    with_root = {
        machine.id
        for machine in estate.machines
        if "/etc/ssl/govctl/root.pem" in {f.path for f in files_for(machine, estate, CONTEXT)}
    }
    assert {machine.id for machine in estate.machines} - with_root == {"infrastructure-ca-1"}


def test_a_machine_that_exists_is_given_nothing(estate: Estate) -> None:
    existing = Existing(address="10.25.34.9", port=22, user="admin", host_key="ssh-ed25519 AAAA")
    machine = estate.machine("portal-web-1").model_copy(update={"existing": existing})
    assert files_for(machine, estate, CONTEXT) == []
    assert certificates_for(machine, estate) == []


@pytest.mark.parametrize("role", ["archive", "portal-web"])
def test_a_machine_that_exists_has_its_own_name_and_serves_nobody(
    estate: Estate, role: str
) -> None:
    """Its role may be no role of the catalogue; an alias would send people to it."""
    old = estate.machine("portal-web-1").model_copy(
        update={
            "id": "old",
            "role": role,
            "system": None,
            "component": None,
            "existing": Existing(
                address="10.25.34.9", port=22, user="admin", host_key="ssh-ed25519 AAAA"
            ),
        }
    )
    joined = estate.model_copy(update={"machines": (*estate.machines, old)})
    made = files_for(joined.machine("infrastructure-dns-1"), joined, CONTEXT)
    assert any(f"old.{estate.domain}" in file.content for file in made)
    assert names_of(old, joined) == (f"old.{estate.domain}",)


def test_a_role_without_an_entry_is_named(estate: Estate) -> None:
    machine = estate.machine("portal-web-1").model_copy(update={"role": "nowhere-web"})
    with pytest.raises(GovctlError, match="nowhere-web"):
        files_for(machine, estate, CONTEXT)


@pytest.mark.parametrize(
    ("machine", "path", "line"),
    [
        ("edge", "10-wan.network", "Gateway=10.25.9.241"),
        ("edge", "10-edge.network", "Destination=10.25.32.0/20"),
        ("edge", "10-wan.network", "Rate=1000000000"),
        ("firewall", "10-edge.network", "Gateway=10.25.46.1"),
        ("firewall", "10-edge.network", "Gateway=fd25:25:0:59ce::1"),
        ("r-c08515", "10-wan.network", "Gateway=10.25.0.1"),
        ("r-c08515", "10-wan.network", "Rate=200000000"),
        ("r-c08515", "10-conference.network", "IPForward=yes"),
        ("bp-c08515-hall", "10-conference.network", "Gateway=10.25.156.17"),
        ("portal-web-1", "10-dmz.network", "IPv6AcceptRA=no"),
    ],
)
def test_addresses_and_routes(estate: Estate, machine: str, path: str, line: str) -> None:
    text = text_of(estate.machine(machine), estate, f"/etc/systemd/network/{path}")
    assert line in text.splitlines()


def test_only_routers_forward_and_only_the_wide_area_is_shaped(estate: Estate) -> None:
    for machine in estate.machines:
        for leg in machine.interfaces:
            text = text_of(machine, estate, f"/etc/systemd/network/10-{leg.name}.network")
            assert ("IPForward=yes" in text) == machine.is_router
            assert ("[TokenBucketFilter]" in text) == (leg.zone == "wan")


def test_unknown_addresses_of_a_site_end_at_its_router(estate: Estate) -> None:
    text = text_of(estate.machine("r-c08515"), estate, "/etc/systemd/network/10-wan.network")
    assert "[Route]\nDestination=10.25.156.0/24\nType=unreachable" in text


def test_a_changed_rate_reaches_a_running_router(estate: Estate) -> None:
    path = "/etc/systemd/network/10-wan.network"
    apply = file_of(estate.machine("r-c08515"), estate, path).apply
    assert "tc qdisc replace dev wan root tbf rate 200000000bit burst 250000 latency 50ms" in apply


@pytest.mark.parametrize(
    ("machine", "name", "dns", "group"),
    [
        ("edge", "host", ("edge.phu-tho.internal",), "root"),
        (
            "portal-web-1",
            "host",
            (
                "portal-web-1.phu-tho.internal",
                "web.portal.phu-tho.internal",
                "portal.phu-tho.internal",
            ),
            "root",
        ),
        (
            "meeting-sip-1",
            "sip",
            ("meeting-sip-1.phu-tho.internal", "sip.meeting.phu-tho.internal"),
            "kamailio",
        ),
    ],
)
def test_certificates(
    estate: Estate, machine: str, name: str, dns: tuple[str, ...], group: str
) -> None:
    specs = {spec.name: spec for spec in certificates_for(estate.machine(machine), estate)}
    assert specs[name].dns == dns
    assert specs[name].group == group
    assert str(estate.machine(machine).address6) in specs[name].ips


def test_probes_are_shell_and_cover_every_service(estate: Estate, tmp_path: Path) -> None:
    probes = probes_for(estate)
    assert {probe.name.partition(".")[0] for probe in probes} == {
        "bridge", "conference", "infrastructure", "network", "portal",
    }  # fmt: skip
    for probe in probes:
        for command in (probe.command, *(probe.then or ())[1:]):
            assert "{{" not in command
            assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
            shlex.split(command)
    verify = next(p for p in probes if p.name == "bridge.server-certificate")
    assert verify.command == "/usr/local/bin/govctl-verify-tls sip.meeting.phu-tho.internal 5061"
