"""A small real estate, resolved: what follows from a page of YAML."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from govctl.estate.loader import lock, resolve, shipped_baselines
from tests.estate.support import BASELINES, SMALL, catalogue, changed, load, load_text, write


def test_machines_follow_from_sites_systems_and_bridge_points(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    assert [(machine.id, machine.role, machine.kind) for machine in estate.machines] == [
        ("edge", "network-router", "edge"),
        ("firewall", "network-router", "firewall"),
        ("conference-media-1", "conference-media", "server"),
        ("conference-sip-1", "conference-sip", "server"),
        ("infra-dns-1", "infrastructure-dns", "server"),
        ("infra-log-1", "infrastructure-log", "server"),
        ("portal-web-1", "portal-web", "server"),
        ("r-c07894", "network-router", "site-router"),
        ("bp-c07894-hall", "bridge-baresip", "bridge-point"),
        ("r-c07918", "network-router", "site-router"),
        ("bp-c07918-hall", "bridge-baresip", "bridge-point"),
        ("r-c08515", "network-router", "site-router"),
        ("bp-c08515-hall", "bridge-baresip", "bridge-point"),
    ]


def test_routers_have_a_leg_in_each_zone_that_they_route(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    legs = {m.id: [leg.zone for leg in m.interfaces] for m in estate.machines if m.is_router}
    assert legs["edge"] == ["p25/edge", "wan"]
    assert set(legs["firewall"]) == set(estate.hub.zones)
    assert legs["r-c08515"] == ["wan", "c08515/conference", "c08515/internal"]
    for zone in estate.zones:
        gateway = estate.machine(zone.gateway)
        leg = next(leg for leg in gateway.interfaces if leg.zone == zone.id)
        assert (leg.ipv4.ip, leg.ipv6.ip) == (zone.gateway4, zone.gateway6)


def test_no_two_zones_overlap_and_no_two_legs_share_an_address(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    for one, two in combinations(estate.zones, 2):
        assert not one.ipv4.overlaps(two.ipv4), (one.id, two.id)
        assert not one.ipv6.overlaps(two.ipv6), (one.id, two.id)
    legs = [leg for machine in estate.machines for leg in machine.interfaces]
    assert len({leg.ipv4.ip for leg in legs}) == len({leg.mac for leg in legs}) == len(legs)
    for leg in legs:
        assert leg.ipv4.ip in estate.zone(leg.zone).ipv4
        assert leg.ipv6.ip in estate.zone(leg.zone).ipv6
        assert int(leg.mac[:2], 16) & 3 == 2  # locally administered, unicast
        assert len(leg.name) <= 15


def test_the_controller_is_the_last_host_of_the_admin_zone(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    admin = estate.zone("p25/admin")
    assert estate.controller.ipv4.ip == admin.ipv4[-2]
    assert (estate.controller.via4, estate.controller.via6) == (admin.gateway4, admin.gateway6)


def test_flows_know_both_ends_and_who_declared_them(tmp_path: Path) -> None:
    flows = {flow.id: flow for flow in load_text(tmp_path).flows}
    assert {flow.declared_by for flow in flows.values()} == {
        "estate", "govctl", "catalogue:infrastructure", "catalogue:conference", "catalogue:portal",
    }  # fmt: skip
    ssh = flows["govctl-ssh"]
    assert (ssh.source.ref, ssh.destination.ref, ssh.ports[0].first) == ("controller", "estate", 22)
    public = flows["internet-to-portal-web-tcp-443"]
    assert public.source.outside
    assert public.source.ipv4 == ()
    assert public.destination.zones == ("p25/dmz",)
    signalling = flows["zone-conference-to-conference-sip-tcp-5061"]
    assert len(signalling.source.ipv4) == len(signalling.source.ipv6) == 3


def test_catalogue_flows_use_the_systems_own_names(tmp_path: Path) -> None:
    ids = {flow.id for flow in load_text(tmp_path).flows}
    assert "estate-to-infra-dns-udp-53" in ids
    assert "portal-web-to-infra-log-tcp-6514" in ids


def test_a_catalogue_flow_to_a_service_that_is_not_there_opens_nothing(tmp_path: Path) -> None:
    line = '  - {id: infra, catalogue: infrastructure, level: 3, owner: "25", operator: so-khcn}\n'
    ids = {flow.id for flow in load_text(tmp_path, changed(line, "")).flows}
    assert not [flow for flow in ids if "log" in flow]


def test_a_catalogue_flow_that_the_estate_declares_itself_stands_once(tmp_path: Path) -> None:
    """Pulumi knows a flow by what it opens, and refuses two of one name."""
    own = "flows: [{id: inside, from: 'zone:internal', to: portal.web, port: 443, why: staff}]\n"
    flows = [
        flow.id
        for flow in load_text(tmp_path, SMALL + own).flows
        if (flow.source.ref, flow.destination.ref) == ("zone:internal", "portal.web")
        and flow.ports[0].first == 443
    ]
    assert flows == ["inside"]


def test_links_name_the_site_at_the_other_end(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    assert [(link.to, link.rate) for link in estate.site("c08515").links] == [("p25", 200_000_000)]
    assert estate.hub.links[0].to == "tslcd"


def test_units_stand_in_tree_order_with_names_from_the_register(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    assert [unit.id for unit in estate.units] == ["25", "07894", "07918", "08515", "so-khcn"]
    assert estate.unit("08515").name.model_dump() == {"vi": "Xã Hy Cương", "en": "Hy Cương commune"}
    assert estate.path_of("08515") == ("25", "08515")


def test_an_override_counts_nearest_last(tmp_path: Path) -> None:
    text = (
        SMALL
        + """\
overrides:
  - {unit: "08515", links: [{to: p25, rate: 1 Gbit/s}]}
  - {tier: commune, links: [{to: p25, rate: 10 Mbit/s}]}
  - {subtree: "07894", bridge points: [{room: wall}]}
"""
    )
    estate = load_text(tmp_path, text)
    assert estate.site("c08515").links[0].rate == 10**9
    assert estate.site("c07894").links[0].rate == 10**7
    assert [p.room for p in estate.bridge_points if p.site == "c07894"] == ["wall"]


def test_a_single_entry_refines_its_group(tmp_path: Path) -> None:
    text = changed(
        "  - {id: so-khcn",
        '  - {commune: "08515", links: [{to: p25, rate: 50 Mbit/s}]}\n  - {id: so-khcn',
    )
    estate = load_text(tmp_path, text)
    assert estate.site("c08515").kind == "commune-office"
    assert estate.site("c08515").links[0].rate == 50_000_000


def test_a_component_may_have_more_machines_limits_and_parameters(tmp_path: Path) -> None:
    text = SMALL + (
        "    components:\n"
        "      web: {machines: 2, limits: {memory: 1 GiB}, parameters: {server_name: a.example}}\n"
    )
    estate = load_text(tmp_path, text)
    assert estate.system("portal").component("web").machines == ("portal-web-1", "portal-web-2")
    machine = estate.machine("portal-web-2")
    assert (machine.limits.memory, machine.limits.disk) == (2**30, 4 * 2**30)
    assert estate.system("portal").component("web").parameters == {"server_name": "a.example"}


def test_an_existing_machine_joins_with_its_address_and_key(tmp_path: Path) -> None:
    address = load_text(tmp_path).zone("p25/app").ipv4[77]
    text = (
        SMALL
        + f"""\
existing machines:
  - id: old-archive
    site: p25
    zone: app
    address: {address}
    user: admin
    host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE6dcxv2nJbD3ewLCRoUGIV3YcMSJwB7LeH3oIGkoxIO
    role: archive
"""
    )
    machine = load_text(tmp_path, text).machine("old-archive")
    assert machine.existing is not None
    assert machine.existing.port == 22
    assert machine.address4 == address
    assert int(machine.address6) & 0xFFFF == 77


def test_the_digest_says_what_is_meant_and_not_how_it_is_written(tmp_path: Path) -> None:
    estate = load_text(tmp_path)
    other = changed("without: {wireless: no access points}", "without: {wireless: none, db: none}")
    swapped = changed(
        "without: {wireless: no access points}", "without: {db: none, wireless: none}"
    )
    assert load_text(tmp_path, other).digest == load_text(tmp_path, swapped).digest != estate.digest
    assert load_text(tmp_path).digest == estate.digest


def test_the_digest_ignores_what_the_ledger_remembers(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    before = load(tmp_path)
    ledger = tmp_path / "addresses.yaml"
    gone = '  "c00001": {ipv4: 10.25.255.0/24, ipv6: "fd25:25:0:fff0::/60", wan: 4000}\nhosts:'
    ledger.write_text(ledger.read_text().replace("hosts:", gone))
    assert load(tmp_path).digest == before.digest


def test_loading_writes_nothing(tmp_path: Path) -> None:
    load_text(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["estate.yaml"]


def test_all_communes_of_a_province_are_loaded_unless_some_are_named(tmp_path: Path) -> None:
    write(tmp_path, changed('    only: [Xã Hy Cương, "07894", "07918"]\n', ""))
    assert len(load(tmp_path).sites) == 149


def test_origins_name_what_set_a_value(tmp_path: Path) -> None:
    resolution = resolve(write(tmp_path), catalogue=catalogue(), baselines=BASELINES)
    origin = resolution.origins[("site", "c08515")]["zones"]
    assert (origin.whence, origin.name) == ("site kind", "commune-office")
    assert origin.place is not None
    assert SMALL.splitlines()[origin.place.line - 1].strip() == "commune-office:"


@pytest.mark.parametrize(
    "name", ["Xã Hy Cương", "Hy Cương", "hy cương", "08515", "Xã Hy Cu\u031bo\u031bng"]
)
def test_a_unit_is_chosen_by_any_spelling_of_its_name(tmp_path: Path, name: str) -> None:
    text = changed('[Xã Hy Cương, "07894", "07918"]', f'["{name}"]')
    assert load_text(tmp_path, text).sites[1].id == "c08515"


def test_an_estate_may_answer_to_profiles_and_set_values(tmp_path: Path) -> None:
    text = changed(
        "baselines: [tcvn14423-2026]",
        'baselines: [tcvn14423-2026, "cis-debian12:l1-server"]\n'
        'values: {var_accounts_tmout: "600", ssh_max_auth_tries: "3"}',
        SMALL,
    )
    estate = resolve(write(tmp_path, text), catalogue=catalogue()).estate
    assert estate.baselines == ("tcvn14423-2026", "cis-debian12:l1-server")
    assert estate.values == {"ssh_max_auth_tries": "3", "var_accounts_tmout": "600"}
    assert estate.digest != load_text(tmp_path / "plain").digest


def test_shipped_profiles_are_known_by_name() -> None:
    from policies.profiles import names

    assert set(names()) == {name for name in shipped_baselines() if ":" in name}
