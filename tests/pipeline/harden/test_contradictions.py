"""Components and checks that contradict each other are refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate import load
from govctl.estate.catalogue import shipped_catalogue
from govctl.estate.loader import shipped_baselines
from govctl.estate.model import Estate
from govctl.pipeline.harden.contradictions import check_components, contradictions
from policies.catalogue import checks
from policies.conflicts import Service, conflicts
from policies.families import families
from policies.question import questions
from policies.target import TargetContext
from policies.values import resolve
from stacks.render import files_for
from tests.stacks.province import CONTEXT, province

ENTRY = """\
id: portal
name: Portal
components:
  - id: web
    zone: dmz
    packages: [nginx-light]
    runs: [nginx.service]
    needs: {needs}
    limits: {memory: 256 MiB, cpu: 1, disk: 4 GiB}
    parameters: {alias: {pattern: "[a-z]+", default: portal}}
flows: []
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return province(tmp_path_factory.mktemp("estate"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    province(tmp_path)
    return tmp_path


def _with(folder: Path, old: str, new: str) -> Path:
    file = folder / "estate.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return folder


def _own(folder: Path, needs: str) -> Path:
    entry = folder / "catalogue" / "portal" / "entry.yaml"
    entry.parent.mkdir(parents=True)
    entry.write_text(ENTRY.replace("{needs}", needs))
    return folder


def _cis(folder: Path) -> Path:
    return _by(folder, 'tcvn14423-2026, "cis-debian12:l2-server"')


def _by(folder: Path, baselines: str) -> Path:
    return _with(folder, "baselines: []", f"baselines: [{baselines}]")


def _refused(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_components(load(folder), folder)
    return [str(one).replace(f"{folder}/", "") for one in caught.value.problems]


@pytest.mark.parametrize("baseline", sorted(shipped_baselines()))
def test_no_shipped_component_contradicts_a_shipped_baseline(estate: Estate, baseline: str) -> None:
    judged = estate.model_copy(update={"baselines": (baseline,)})
    found = contradictions(judged, shipped_catalogue())
    assert [(machine.role, one.check.id, one.what) for machine, one in found] == []


def test_a_role_that_nobody_builds_is_told_before_it_is_planned(folder: Path) -> None:
    entry = _own(folder, "[]") / "catalogue" / "portal" / "entry.yaml"
    wiki = folder / "catalogue" / "wiki" / "entry.yaml"
    wiki.parent.mkdir()
    wiki.write_text(entry.read_text().replace("portal", "wiki"))
    _with(folder, "catalogue: portal", "catalogue: wiki")
    (said,) = _refused(folder)
    assert (
        "govctl has no image and no files for the role wiki-web; an entry of your own may" in said
    )
    assert said.startswith("estate.yaml:")


def test_every_role_of_the_catalogue_stands_in_that_estate(estate: Estate) -> None:
    assert shipped_catalogue().roles.keys() == {machine.role for machine in estate.machines}


def test_every_unit_that_is_restarted_is_one_that_the_component_runs(estate: Estate) -> None:
    """What every machine has (chrony, rsyslog) is no component's own."""
    common = {"chrony.service", "rsyslog.service", "systemd-networkd.service", "nftables.service"}
    for machine in estate.machines:
        runs = shipped_catalogue().role(machine.role).runs
        restarted = {
            f"{line.split()[-1]}.service"
            for file in files_for(machine, estate, CONTEXT)
            for line in file.apply
            if line.startswith("systemctl restart ")
        }
        assert restarted - common <= set(runs), machine.role


@pytest.mark.parametrize("role", sorted(shipped_catalogue().roles))
def test_every_need_of_the_catalogue_fits_its_check_and_has_two_languages(role: str) -> None:
    known = {check.id: check for check in checks()}
    for need in shipped_catalogue().role(role).needs:
        check = known[need.check]
        args, _whose = resolve(check, TargetContext(needs={need.check: need}))
        families()[check.family].args.model_validate_json(json.dumps(args))
        assert need.why.vi != need.why.en


def test_the_router_is_judged_by_what_it_sets() -> None:
    """Without its needs its own settings would contradict two checks, and no more."""
    spec = shipped_catalogue().role("network-router")
    found = conflicts(Service(sysctl=spec.sysctl), questions(checks(), TargetContext()))
    assert {one.check.id for one in found} == {need.check for need in spec.needs}


def test_a_conflict_names_both_with_its_place_and_what_to_do(folder: Path) -> None:
    said = _refused(_cis(_own(folder, "[]")))
    assert len(said) == 1
    assert said[0].startswith("estate.yaml:")
    assert "portal.web runs nginx.service" in said[0]
    assert "the check service-nginx" in said[0]
    assert "needs:" in said[0]


def test_with_its_need_recorded_the_same_estate_is_valid(folder: Path) -> None:
    need = "[{check: service-nginx, except: true, why: It serves pages}]"
    _cis(_own(folder, need))
    check_components(load(folder), folder)


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("{check: service-ngix, except: true, why: It serves pages}",
         "no check is called service-ngix; did you mean service-nginx?"),
        ("{check: sysctl-aslr, value: {valuez: [a]}, why: It serves pages}", "sysctl-aslr: valuez"),
        ("{check: sshd-keepalive, value: {seconds: 3600}, why: It serves pages}",
         "sshd-keepalive keeps what a baseline asks for: seconds 300 (tcvn14423-2026"),
    ],
)  # fmt: skip
def test_a_need_that_does_not_fit_its_check_is_refused_where_it_stands(
    folder: Path, need: str, said: str
) -> None:
    problems = _refused(_by(_own(folder, f"[{need}]"), "tcvn14423-2026"))
    assert len(problems) == 1
    assert problems[0].startswith("catalogue/portal/entry.yaml:8:")
    assert said in problems[0]


def test_a_port_that_a_flow_opens_and_the_estate_closes_is_a_conflict(folder: Path) -> None:
    text = (folder / "estate.yaml").read_text()
    (folder / "estate.yaml").write_text(text + 'values: {listeners_allowed: "tcp/22"}\n')
    said = _refused(_by(folder, "tcvn14423-2026"))
    assert any("portal.web answers on tcp/443" in one for one in said), said
    assert any("listeners-allowed" in one for one in said)
