"""The record of addresses: written in one step, read back whole, kept for names that are gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.ledger import read_ledger, write_ledger
from govctl.estate.loader import lock, prune
from govctl.estate.model import Estate
from tests.estate.support import SMALL, catalogue, changed, load, problems, write

ONE_LESS = ('[Xã Hy Cương, "07894", "07918"]', '["07894", "07918"]')


def addresses(estate: Estate) -> dict[str, list[str]]:
    return {m.id: [f"{leg.ipv4} {leg.ipv6}" for leg in m.interfaces] for m in estate.machines}


def test_a_ledger_reads_back_as_it_was_written(tmp_path: Path) -> None:
    assert lock(write(tmp_path), catalogue=catalogue())
    ledger = read_ledger(tmp_path / "addresses.yaml")
    assert not write_ledger(tmp_path / "addresses.yaml", ledger)
    assert write_ledger(tmp_path / "copy.yaml", ledger)
    assert (tmp_path / "copy.yaml").read_text() == (tmp_path / "addresses.yaml").read_text()


def test_a_second_lock_changes_nothing(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    before = (tmp_path / "addresses.yaml").stat()
    assert not lock(tmp_path, catalogue=catalogue())
    assert (tmp_path / "addresses.yaml").stat().st_mtime_ns == before.st_mtime_ns
    assert sorted(file.name for file in tmp_path.iterdir()) == ["addresses.yaml", "estate.yaml"]


def test_locking_moves_nothing(tmp_path: Path) -> None:
    before = addresses(load(write(tmp_path)))
    lock(tmp_path, catalogue=catalogue())
    assert addresses(load(tmp_path)) == before


def test_a_name_that_is_gone_keeps_its_addresses_until_pruned(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    known = read_ledger(tmp_path / "addresses.yaml").sites["c08515"]
    write(tmp_path, changed(*ONE_LESS))
    lock(tmp_path, catalogue=catalogue())
    assert read_ledger(tmp_path / "addresses.yaml").sites["c08515"] == known
    assert prune(tmp_path, catalogue=catalogue())
    assert "c08515" not in (tmp_path / "addresses.yaml").read_text()


def test_adding_removing_and_moving_units_renumbers_no_other(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    before = addresses(load(tmp_path))
    everyone = changed('    only: [Xã Hy Cương, "07894", "07918"]\n', "")
    moved = changed('parent: "25"}', 'parent: "08515", site: commune-office}', text=everyone)
    for text in (changed(*ONE_LESS), everyone, moved):
        now = addresses(load(write(tmp_path, text)))
        assert {name: now[name] for name in before if name in now} == {
            name: legs for name, legs in before.items() if name in now
        }


def test_a_site_outside_the_pool_is_told_and_not_moved(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    found = problems(tmp_path, changed("10.25.0.0/16", "10.26.0.0/16"))
    assert '"c08515" already has a prefix outside this pool' in "\n".join(found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("wan: {ipv4: 10.25.0.0/20", "wan: {ipv4: 10.25.0/20", ":3:13: the record of addresses"),
        ("sites:", "sitez:", ':4:1: unknown key "sitez"; did you mean "sites"?'),
        ('"bp-c08515-hall": ', '"bp-c08515-hall": x', "the record of addresses is damaged here"),
    ],
)
def test_a_damaged_record_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    file = tmp_path / "addresses.yaml"
    file.write_text(changed(old, new, text=file.read_text()))
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert expected in str(caught.value)


def test_one_block_for_two_sites_is_told(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    file = tmp_path / "addresses.yaml"
    ledger = read_ledger(file)
    ledger.sites["c08515"] = ledger.sites["c08515"]._replace(ipv4=ledger.sites["c07894"].ipv4)
    write_ledger(file, ledger)
    found = problems(tmp_path, SMALL)
    assert any(
        "addresses.yaml gives c07894 and c08515 the same addresses" in line for line in found
    )


@pytest.mark.parametrize(
    ("section", "old", "new", "expected"),
    [
        ("c07894", "wan: [0-9]+", "wan: 4095", "gives c07894 what cannot be given (expected 2 to"),
        ("c07894", "/60", "/64", "gives c07894 what cannot be given (expected /60)"),
        ("wan", "10.25.0.0", "10.26.0.0", '"wan" already has a prefix outside this pool'),
        ("p25/app", '"infra-dns-1": [0-9]+', '"infra-dns-1": 1', "infra-dns-1 what cannot be"),
        ("p25/app", '"infra-dns-1": [0-9]+', '"infra-dns-1": 255', "infra-dns-1 what cannot be"),
    ],
)
def test_a_number_that_is_nobodys_is_told_where_it_stands(
    tmp_path: Path, section: str, old: str, new: str, expected: str
) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    edit_line(tmp_path / "addresses.yaml", section, old, new)
    assert expected in "\n".join(problems(tmp_path, SMALL))


def test_one_number_for_two_machines_is_told(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    ledger = read_ledger(tmp_path / "addresses.yaml")
    number = ledger.hosts["p25/media"]["conference-sip-1"]
    pattern = '"conference-media-1": [0-9]+'
    edit_line(tmp_path / "addresses.yaml", "p25/media", pattern, f'"conference-media-1": {number}')
    (found,) = problems(tmp_path, SMALL)
    assert found.startswith("addresses.yaml:")
    assert "gives conference-media-1 and conference-sip-1 the same addresses" in found


def test_a_number_of_what_is_gone_may_be_anybodys(tmp_path: Path) -> None:
    lock(write(tmp_path), catalogue=catalogue())
    ledger = read_ledger(tmp_path / "addresses.yaml")
    app = ledger.hosts["p25/app"]
    app["gone-1"], app["gone-2"] = app["infra-dns-1"], 1
    write_ledger(tmp_path / "addresses.yaml", ledger)
    assert load(tmp_path)


def edit_line(file: Path, section: str, old: str, new: str) -> None:
    """Change the one line of a record that a pattern finds."""
    lines = file.read_text().splitlines()
    (at,) = (number for number, line in enumerate(lines) if re.match(rf' *"?{section}"?:', line))
    lines[at], count = re.subn(old, new, lines[at])
    assert count == 1
    file.write_text("\n".join(lines) + "\n")
