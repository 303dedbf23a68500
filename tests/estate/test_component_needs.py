"""What components need of checks: written in entries and in the estate, kept by machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.catalogue import read_catalogue, shipped_catalogue
from govctl.estate.loader import resolve
from govctl.estate.model import Estate, Need
from govctl.estate.show import exceptions
from tests.estate.support import BASELINES, SMALL, changed, problems, write

PORTAL = """\
    owner: "25"
    operator: so-khcn
    flows: [{from: internet"""
OWN = """\
    components:
      web:
        needs:
          - {check: service-nginx, value: {units: [apache2.service]}, why: Another server serves it}
          - {check: service-cups, except: true, why: It prints what citizens ask for}
"""
GATEWAY = """\
existing machines:
  - id: gw-1
    site: s25
    zone: dmz
    address: 10.25.0.9
    user: admin
    host key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE6dcxv2nJbD3ewLCRoUGIV3YcMSJwB7LeH3oIGkoxIO
    role: {role}
    needs:
      - {check: mail-local-only, except: true, why: {vi: Máy chuyển tiếp thư, en: It relays mail}}
"""


def shipped(folder: Path, text: str = SMALL) -> Estate:
    write(folder, text)
    return resolve(folder, catalogue=shipped_catalogue(), baselines=BASELINES).estate


def needs(estate: Estate, machine: str) -> dict[str, Need]:
    return {need.check: need for need in estate.machine(machine).needs}


def test_a_router_forwards_and_the_reason_is_there_in_both_languages(tmp_path: Path) -> None:
    need = needs(shipped(tmp_path), "edge")["sysctl-ipv4-forward"]
    assert [(one.name, one.value) for one in need.arguments] == [("values", ("1",))]
    assert need.whose == "network.router"
    assert need.why.vi != need.why.en


def test_what_a_system_needs_counts_before_what_its_catalogue_entry_needs(tmp_path: Path) -> None:
    estate = shipped(tmp_path, changed(PORTAL, OWN + PORTAL))
    found = needs(estate, "portal-web-1")
    assert found["service-nginx"].whose == "system portal.web"
    assert found["service-nginx"].arguments[0].value == ("apache2.service",)
    assert found["service-cups"].arguments == ()
    assert found["package-nginx"].whose == "portal.web"


@pytest.mark.parametrize(
    ("role", "checks"),
    [("mail-relay", {"mail-local-only"}), ("portal-web", {"mail-local-only", "service-nginx",
                                                          "package-nginx"})],
)  # fmt: skip
def test_a_machine_that_exists_already_says_what_it_needs(
    tmp_path: Path, role: str, checks: set[str]
) -> None:
    text = SMALL + GATEWAY.replace("{role}", role).replace("s25", _hub(tmp_path))
    found = needs(shipped(tmp_path, text), "gw-1")
    assert found.keys() == checks
    assert found["mail-local-only"].whose == "machine gw-1"


def _hub(folder: Path) -> str:
    return shipped(folder).hub.id


def test_the_list_names_each_once_with_its_machines(tmp_path: Path) -> None:
    estate = shipped(tmp_path)
    rows = {(row.need.whose, row.need.check): row.machines for row in exceptions(estate)}
    routers = {machine.id for machine in estate.machines if machine.is_router}
    assert set(rows["network.router", "sysctl-ipv6-forward"]) == routers
    assert rows["portal.web", "service-nginx"] == ("portal-web-1",)


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("{check: service-cups, why: It prints}", "a need gives a check another value, or is an"),
        ("{check: service-cups, except: true, value: {units: [a]}, why: It prints}", "a need"),
        ("{check: service-cups, except: true}", "why"),
        ("{check: service-cups, except: true, why: prints}", '"prints" gives no reason'),
        ("{check: service-cups, value: {}, why: It prints}", "at least 1"),
        ("{check: '', except: true, why: It prints}", "expected some text"),
    ],
)
def test_a_need_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, need: str, said: str
) -> None:
    own = f"    components: {{web: {{needs: [{need}]}}}}\n"
    found = problems(tmp_path, changed(PORTAL, own + PORTAL))
    assert any(said in problem and problem.startswith("estate.yaml:") for problem in found), found


def test_one_check_is_named_once(tmp_path: Path) -> None:
    twice = "{check: service-cups, except: true, why: It prints}"
    own = f"    components: {{web: {{needs: [{twice}, {twice}]}}}}\n"
    assert any("stands twice" in one for one in problems(tmp_path, changed(PORTAL, own + PORTAL)))


def test_an_entry_of_the_catalogue_is_read_as_strictly(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "entry.yaml").write_text(
        "id: mail\nname: Mail\ncomponents:\n  - id: relay\n"
        "    limits: {memory: 256 MiB, cpu: 1, disk: 2 GiB}\n"
        "    needs: [{check: mail-local-only, why: It relays mail}]\n"
    )
    with pytest.raises(InputError) as caught:
        read_catalogue(tmp_path)
    assert "entry.yaml:6:" in str(caught.value)
