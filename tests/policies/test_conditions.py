"""What a requirement hangs on: absent only with a proof, and facts count before words."""

from __future__ import annotations

import pytest

from govctl.estate.model import Estate
from govctl.estate.tailored import Tailoring
from policies.conditions import Proof, Traces, conditions, proofs, traces
from scanners.host.facts.software import Listener, Listeners
from tests.policies.hosts import host, packages
from tests.reports import examples

ESTATE = examples.estate()
NOTHING = Traces(frozenset(), frozenset())


def _everywhere(trace: Traces = NOTHING, **others: Traces) -> dict[str, Traces]:
    return {machine.id: others.get(machine.id, trace) for machine in ESTATE.machines}


def _proof(condition: str, seen: dict[str, Traces], estate: Estate = ESTATE) -> Proof:
    return proofs(estate, estate.machines, seen)[condition]


def _says(**has_no: str) -> Estate:
    said = Tailoring(unit=None, system=None, changes=(), additions=(), has_no=has_no)
    return examples.changed(ESTATE, tailoring=(said,))


@pytest.mark.parametrize("condition", ["if_dhcp", "if_email", "if_web_app", "if_central_db"])
def test_what_is_on_no_machine_is_absent(condition: str) -> None:
    found = _proof(condition, _everywhere())
    assert found.status == "absent"
    assert f"on none of {len(ESTATE.machines)} machines" in found.reason.render("en")


def test_a_machine_that_was_not_looked_at_proves_nothing() -> None:
    seen = _everywhere()
    del seen["edge"]
    assert _proof("if_dhcp", seen).status == "unknown"
    assert "edge" in _proof("if_dhcp", seen).reason.render("en")
    assert _proof("if_dhcp", _everywhere(edge=Traces(None, frozenset()))).status == "unknown"
    assert _proof("if_dhcp", _everywhere(edge=Traces(frozenset(), None))).status == "unknown"
    assert _proof("if_dhcp", {}).status == "unknown"


@pytest.mark.parametrize(
    ("condition", "trace", "sign"),
    [
        ("if_dhcp", Traces(frozenset({"kea-dhcp4-server"}), frozenset()), "edge: kea-dhcp4-server"),
        ("if_dhcp", Traces(frozenset(), frozenset({"udp/67"})), "edge: udp/67"),
        ("if_email", Traces(None, frozenset({"tcp/143"})), "edge: tcp/143"),
    ],
)
def test_a_sign_of_it_counts_before_the_estates_word(
    condition: str, trace: Traces, sign: str
) -> None:
    said = _says(dhcp="addresses are fixed", email="the province uses another")
    found = _proof(condition, _everywhere(edge=trace), said)
    assert (found.status, found.evidence) == ("present", (sign,))
    assert _proof(condition, {}, said).status == "absent"


def test_facts_are_read_for_their_signs() -> None:
    sockets = Listeners((
        Listener("tcp", "127.0.0.1", 25, "exim4"),
        Listener("tcp", "[::1]", 5432, "postgres"),
        Listener("udp", "0.0.0.0%eth0", 67, "dhcpd"),
        Listener("tcp", "*", 443, "nginx"),
    ))  # fmt: skip
    found = traces(host(sockets, packages("nginx", "openssh-server")))
    assert found == Traces(frozenset({"nginx"}), frozenset({"udp/67", "tcp/443"}))


def test_facts_without_sockets_say_so() -> None:
    assert traces(host()).sockets is None


def test_the_estates_description_shows_its_flows_and_zones() -> None:
    assert _proof("if_internet_facing", {}).status in ("absent", "present")
    without = examples.changed(ESTATE, flows=())
    assert _proof("if_internet_facing", {}, without).status == "absent"
    assert _proof("if_internet_needed", {}, without).status == "absent"
    zones = tuple(zone for zone in ESTATE.zones if zone.kind != "wireless")
    assert _proof("if_wireless", {}, examples.changed(ESTATE, zones=zones)).status == "absent"


def test_what_no_machine_can_tell_stays_due() -> None:
    told = {name for name, one in conditions().items() if not (one.packages or one.model)}
    found = proofs(ESTATE, ESTATE.machines, _everywhere())
    assert {found[name].status for name in told} == {"unknown"}
