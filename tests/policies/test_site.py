"""A site's own rows, families and facts: as strict as the shipped ones, and no fork."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from policies import site as sites
from policies.catalogue import checks, own, shipped
from policies.judge import judge
from policies.profiles import asked as asked_by
from policies.profiles import choose, split
from policies.sources import read_from
from scanners.host.collect import scan_tree
from tests.site import FACT, FAMILY, ROW, forgotten, site


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with forgotten():
        yield


SSHD = ROW.replace("vpn.peers", "sshd.option").replace(
    "{minimum: {value: 1, name: vpn_peers}}", '{option: permitrootlogin, equals: "no"}'
)


def test_a_row_a_family_and_a_fact_judge_a_tree(tmp_path: Path) -> None:
    folder = site(tmp_path / "own", rows=ROW, families__vpn=FAMILY, facts__vpn=FACT)
    (check,) = sites.use(folder)
    assert checks() == (*shipped(), check)
    assert read_from(check) == ("/etc/vpn.conf",)
    root = tmp_path / "tree"
    (root / "etc").mkdir(parents=True)
    assert [one.status for one in judge(scan_tree(root), [check])] == ["fail"]
    (root / "etc/vpn.conf").write_text("peer a\n")
    (finding,) = judge(scan_tree(root), [check])
    assert (finding.status, finding.reason.render("en")) == ("pass", "1 peers")


def test_a_sites_checks_are_always_meant(tmp_path: Path) -> None:
    sites.use(site(tmp_path / "own", rows=SSHD))
    assert own()[0] in choose(["cis-debian12:l1-server"]).checks
    assert own()[0] in choose([]).checks
    assert own()[0] in asked_by(*split(["tcvn14423-2026"]), checks())
    assert [check.id for check in choose([], ["vpn-*"]).checks] == ["vpn-up"]


def test_a_folder_may_be_named_twice(tmp_path: Path) -> None:
    folder = site(tmp_path / "own", rows=ROW, families__vpn=FAMILY, facts__vpn=FACT)
    sites.use(folder)
    sites.use(folder)
    assert len(own()) == 1


def _problem(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        sites.use(folder)
    (problem,) = caught.value.problems
    return str(problem).replace(f"{folder.parent}/", "")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"rows": ROW}, r"own/rows\.yaml:2:3: there is no family vpn\.peers"),
        ({"rows": SSHD.replace("vpn-up", "sshd-root-login")}, r"own/rows\.yaml:1:3: two checks"),
        ({"rows": SSHD.replace("high", "hihg")}, r"own/rows\.yaml:4:3: severity: "),
        ({"families__x": "import nothing_like_it"}, r"own/families/x\.py:1:1: ModuleNotFound"),
        ({"families__x": "def ("}, r"own/families/x\.py:1:5: SyntaxError"),
        ({"facts__x": "\n1 / 0\n"}, r"own/facts/x\.py:2:1: ZeroDivisionError"),
        (
            {"families__x": FAMILY.replace("vpn.peers", "sshd.option"), "facts__vpn": FACT},
            r"own/families/x\.py:\d+:1: ValueError: two families are called sshd\.option",
        ),
        (
            {
                "families__x": FAMILY.replace("from site_facts.vpn import Vpn", "class Vpn: pass"),
                "facts__vpn": FACT,
            },
            r"own/families: the fact Vpn of vpn\.peers has no source",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    found = _problem(site(tmp_path / "own", **files))
    assert re.match(expected, found), found


def test_an_id_that_another_folder_has_is_refused(tmp_path: Path) -> None:
    sites.use(site(tmp_path / "own", rows=SSHD))
    assert "two checks are called vpn-up" in _problem(site(tmp_path / "other", rows=SSHD))


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    sites.use(site(tmp_path / "own", facts__vpn=FACT))
    assert "has this name already" in _problem(site(tmp_path / "other", facts__vpn=FACT))


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        sites.use(tmp_path / "none")
