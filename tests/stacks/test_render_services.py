"""What each service of the catalogue is given."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_network

import pytest

from govctl.estate.catalogue import shipped_catalogue
from govctl.estate.model import Estate
from stacks.catalogue.bridge.render import account
from stacks.catalogue.conference.render import CONTROL_PORT, MEDIA_PORTS, digests
from stacks.catalogue.infrastructure.render import reverse_zone
from stacks.context import Context
from stacks.render import files_for
from stacks.secrets import from_seed, ha1, sip_password
from stacks.templating import Safe
from tests.stacks.province import CONTEXT, file_of, province, text_of


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


@pytest.mark.parametrize(
    ("prefix", "zone"),
    [
        ("10.25.0.0/16", "25.10.in-addr.arpa."),
        ("10.16.0.0/12", "10.in-addr.arpa."),
        ("203.0.113.0/24", "113.0.203.in-addr.arpa."),
        ("fd25:25::/48", "0.0.0.0.5.2.0.0.5.2.d.f.ip6.arpa."),
        ("2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa."),
    ],
)
def test_reverse_zones(prefix: str, zone: str) -> None:
    assert reverse_zone(ip_network(prefix)) == zone


def test_the_name_server_knows_every_machine_and_nothing_else(estate: Estate) -> None:
    dns = estate.machine("infrastructure-dns-1")
    lines = {
        line.strip() for line in text_of(dns, estate, "/etc/unbound/unbound.conf").splitlines()
    }
    for machine in estate.machines:
        name = f"{machine.id}.phu-tho.internal"
        assert f'local-data: "{name}. 300 IN A {machine.address4}"' in lines
        assert f'local-data: "{name}. 300 IN AAAA {machine.address6}"' in lines
        assert f'local-data-ptr: "{machine.address4} 300 {name}."' in lines
    sip = estate.machine("meeting-sip-1").address4
    assert f'local-data: "sip.meeting.phu-tho.internal. 300 IN A {sip}"' in lines
    assert {'local-zone: "." always_nxdomain', "access-control: 0.0.0.0/0 refuse"} <= lines


def test_logs_are_filed_by_the_address_they_come_from(estate: Estate) -> None:
    log = estate.machine("infrastructure-log-1")
    table = json.loads(text_of(log, estate, "/etc/govctl-machines.json"))
    names = {row["index"]: row["value"] for row in table["table"]}
    assert names["127.0.0.1"] == "infrastructure-log-1"
    for machine in estate.machines:
        for leg in machine.interfaces:
            assert names[str(leg.ipv4.ip)] == names[str(leg.ipv6.ip)] == machine.id
    assert table["nomatch"] == "unknown"
    assert "0750 root adm 365d" in text_of(log, estate, "/etc/tmpfiles.d/govctl-log.conf")


def test_logs_go_out_over_verified_tls(estate: Estate) -> None:
    text = text_of(estate.machine("edge"), estate, "/etc/rsyslog.d/60-govctl.conf")
    assert 'streamDriverAuthMode="x509/name"' in text
    assert 'streamDriverPermittedPeers="log.infrastructure.phu-tho.internal"' in text
    assert 'queue.filename="govctl-1"' in text


def test_the_authority_vouches_for_the_estate_only(estate: Estate) -> None:
    ca = estate.machine("infrastructure-ca-1")
    settings = json.loads(text_of(ca, estate, "/etc/govctl-ca.json"))
    assert settings["domain"] == "phu-tho.internal"
    assert settings["prefixes"] == ["10.25.0.0/16", "fd25:25::/48"]
    assert settings["root_days"] == 3650
    assert file_of(ca, estate, "/usr/local/sbin/govctl-ca-sign").mode == 0o755


def test_sip_passwords_come_from_the_seed_and_the_user() -> None:
    assert sip_password("seed", "c08515-hall") == "95e246121d16838a76aae54d6b70f36b"
    assert sip_password("seed", "c07918-hall") != sip_password("seed", "c08515-hall")
    assert sip_password("other", "c08515-hall") != sip_password("seed", "c08515-hall")


def test_digests_are_those_of_rfc_2617() -> None:
    """The example of RFC 2617, 3.5."""
    assert ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == (
        "939e7578ed9e3c518a452acee763bce9"
    )


def test_the_sip_server_has_digests_and_no_password(estate: Estate) -> None:
    sip = estate.machine("meeting-sip-1")
    files = {file.path: file for file in files_for(sip, estate, CONTEXT)}
    users = [point.user for point in estate.bridge_points]
    every = "".join(str(file.content) for file in files.values())
    for user in users:
        password = sip_password("seed", user)
        assert password not in every
        assert f":{user}:0:0:{ha1(user, 'phu-tho.internal', password)}:0" in every
    assert files["/etc/kamailio/accounts/ha1"].mode == 0o600
    assert digests("seed", [Safe("a")], Safe("r")).splitlines()[1].startswith("1:a:0:0:")


def test_a_bridge_point_signs_in_over_tls_and_speaks_srtp(estate: Estate) -> None:
    point = estate.bridge_points[0]
    line = account("seed", point, estate)
    assert line.startswith(f"<sip:{point.user}@phu-tho.internal;transport=tls>;")
    assert "mediaenc=srtp-mand" in line
    assert sip_password("seed", point.user) in line
    machine = estate.machine(point.machine)
    assert file_of(machine, estate, "/etc/baresip/accounts").mode == 0o600
    assert "\nsip_listen\t\t[::1]:5060\n" in text_of(machine, estate, "/etc/baresip/config")
    unit = text_of(machine, estate, "/etc/systemd/system/baresip.service")
    assert "ExecStartPre=/usr/local/bin/govctl-verify-tls sip.meeting.phu-tho.internal 5061" in unit


def test_secrets_stay_secret_in_the_state(estate: Estate) -> None:
    import pulumi

    async def look() -> dict[str, bool]:
        for seed in (pulumi.Output.secret("seed"), pulumi.Output.from_input("seed")):
            context = Context("root", seed, CONTEXT.ssh_key)
            found = {
                file.path: await file.content.is_secret()
                for name in ("meeting-sip-1", "bp-c08515-hall")
                for file in files_for(estate.machine(name), estate, context)
                if isinstance(file.content, pulumi.Output)
            }
            assert await pulumi.Output.from_input(from_seed(seed, str.upper)).future() == "SEED"
        return found

    assert asyncio.run(look()) == {
        "/etc/kamailio/accounts/ha1": True,
        "/etc/baresip/accounts": True,
    }


def test_the_catalogue_opens_the_ports_that_are_configured(estate: Estate) -> None:
    ports = {flow.to: flow.port for flow in shipped_catalogue().entries["conference"].flows}
    assert ((MEDIA_PORTS.first, MEDIA_PORTS.last),) in [
        flow.port for flow in shipped_catalogue().entries["conference"].flows
    ]
    assert set(ports) == {"conference.sip", "conference.media"}
    text = text_of(estate.machine("meeting-media-1"), estate, "/etc/rtpengine/rtpengine.conf")
    assert f":{CONTROL_PORT}\n" in text


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("index.html", "vi", ("Tỉnh Phú Thọ", "Xã Hy Cương", "Phường Vân Phú", "Cấp xã")),
        ("en/index.html", "en", ("Phú Thọ province", "Hy Cương commune", "Communes")),
    ],
)
def test_the_start_page_names_the_communes(
    estate: Estate, path: str, language: str, words: tuple[str, ...]
) -> None:
    text = text_of(estate.machine("portal-web-1"), estate, f"/srv/portal/{path}")
    assert f'<html lang="{language}" data-estate="phu-tho">' in text
    for word in words:
        assert word in text


def test_services_wait_for_their_certificate(estate: Estate) -> None:
    for name, unit, certificate in (
        ("portal-web-1", "nginx", "host"),
        ("meeting-sip-1", "kamailio", "sip"),
    ):
        machine = estate.machine(name)
        path = f"/etc/ssl/govctl/{certificate}.pem"
        folder = "/etc/systemd/system"
        condition = text_of(machine, estate, f"{folder}/{unit}.service.d/govctl.conf")
        watch = text_of(machine, estate, f"{folder}/govctl-{unit}.path")
        wanted = text_of(machine, estate, f"{folder}/multi-user.target.d/govctl.conf")
        assert f"ConditionPathExists={path}" in condition
        assert f"PathExists={path}" in watch
        assert f"govctl-{unit}.path" in wanted
