"""The reform of 1 July 2025: units merge, divide and end; nothing that runs loses its address."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from govctl.estate import register
from govctl.estate.fates import Succession, read_shares
from govctl.estate.init import create
from govctl.estate.loader import FILE
from govctl.estate.reform import DEFAULT, reform
from tests.estate.support import catalogue, load
from tests.estate.test_ledger import addresses


def three_tiers(folder: Path, communes: int | None = 5) -> Path:
    day = date(2025, 6, 30)
    create(folder, "Phú Thọ", communes=communes, day=day, catalogue=catalogue())
    return folder


def test_sites_and_machines_keep_their_ids_and_addresses(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    before = load(folder)
    report = reform(folder, catalogue=catalogue())
    after = load(folder)
    assert report.changed
    assert addresses(after) == addresses(before)
    assert {site.id for site in after.sites} == {site.id for site in before.sites}
    assert (after.tiers, after.register_id) == (("province", "commune"), "vn-2025-07-01")


def test_every_unit_has_a_fate_and_every_site_a_unit(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    report = reform(folder, catalogue=catalogue())
    fates = {fate.unit: (fate.outcome, fate.successor_name) for fate in report.fates}
    assert fates == {
        "25": ("stays", "Tỉnh Phú Thọ"),
        "227": ("ended", "Phường Việt Trì"),
        "07918": ("merged", "Phường Vân Phú"),
        "07921": ("merged", "Phường Vân Phú"),
        "08281": ("merged", "Phường Vân Phú"),
        "08287": ("merged", "Phường Vân Phú"),
        "08503": ("merged", "Xã Hy Cương"),
    }
    assert report.sites["c08503"] == "08515"
    assert report.sites["d227"] == "07900"


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    reform(folder, catalogue=catalogue())
    before = (folder / FILE).read_bytes()
    report = reform(folder, catalogue=catalogue())
    assert (report.changed, report.fates) == (False, ())
    assert (folder / FILE).read_bytes() == before


def test_a_whole_province_moves(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e", None)
    before = load(folder)
    report = reform(folder, catalogue=catalogue())
    after = load(folder)
    assert addresses(after) == addresses(before)
    assert len(report.fates) == sum(unit.code is not None for unit in before.units)


def test_comments_and_own_units_survive(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    text = (folder / FILE).read_text()
    reform(folder, catalogue=catalogue())
    now = (folder / FILE).read_text()
    comments = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert [line for line in comments if line not in now] == []
    assert load(folder).unit("so-khcn").parent == "25"


def test_settings_beside_the_kind_go_with_the_site(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    text = (folder / FILE).read_text() + (
        "\noverrides:\n"
        "  - {tier: district, links: [{to: data-centre, rate: 500 Mbit/s}]}\n"
        '  - {unit: "08503", links: [{to: data-centre, rate: 20 Mbit/s}]}\n'
        "  - {site: c07918, links: [{to: data-centre, rate: 10 Mbit/s}]}\n"
    )
    (folder / FILE).write_text(text)
    before = {site.id: site.links for site in load(folder).sites}
    reform(folder, catalogue=catalogue())
    assert {site.id: site.links for site in load(folder).sites} == before


def test_each_site_has_what_reached_it_in_words_of_its_own(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    with (folder / FILE).open("a") as file:
        file.write(
            "\noverrides:\n  - {tier: commune, links: [{to: data-centre, rate: 5 Mbit/s}]}\n"
        )
    reform(folder, catalogue=catalogue())
    text = (folder / FILE).read_text()
    assert text.count("rate: 5 Mbit/s") == 5
    assert "*id" not in text


def test_owners_follow_their_province(tmp_path: Path) -> None:
    create(tmp_path / "e", "Vĩnh Phúc", communes=2, day=date(2025, 6, 30), catalogue=catalogue())
    reform(tmp_path / "e", catalogue=catalogue())
    estate = load(tmp_path / "e")
    assert estate.system("portal").owner == "25"
    assert estate.hub.unit == "25"
    assert estate.hub.id == "p26"


def test_what_a_unit_asks_for_itself_goes_with_it(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write('tailoring:\n  - unit: "08503"\n    changes: {log.review: {period: W}}\n')
    reform(folder, catalogue=catalogue())
    (entry,) = load(folder).tailoring
    assert (entry.unit, entry.changes[0].period) == ("08515", "W")


def test_a_kill_between_the_writes_leaves_the_old_estate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = three_tiers(tmp_path / "e")
    (folder / "addresses.yaml").unlink()
    before, text = load(folder), (folder / FILE).read_text()

    def killed(_file: Path, _text: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("govctl.estate.reform.write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            reform(folder, catalogue=catalogue())
    assert (folder / FILE).read_text() == text
    assert load(folder).digest == before.digest
    assert reform(folder, catalogue=catalogue()).changed
    assert addresses(load(folder)) == addresses(before)


def test_a_divided_unit_goes_where_its_main_share_goes() -> None:
    shares = read_shares(DEFAULT)
    succession = Succession(
        register.snapshot("vn-2025-06-30"), register.snapshot("vn-2025-07-01"), shares
    )
    divided = [code for code, rows in shares.items() if any(r.extent == "part-main" for r in rows)]
    for code in divided:
        main = next(row.code for row in shares[code] if row.extent == "part-main")
        fate = succession.fate(code, merged=False)
        assert fate is not None
        assert (fate.outcome, fate.successor) == ("divided", main)


def test_the_shipped_table_accounts_for_every_unit_of_the_country() -> None:
    before, after = register.snapshot("vn-2025-06-30"), register.snapshot("vn-2025-07-01")
    succession = Succession(before, after, read_shares(DEFAULT))
    assert [code for code in before.units if succession.main(code) is None] == []


def test_a_table_of_ones_own_needs_the_register_after(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    table = tmp_path / "table.csv"
    table.write_text("from_code,to_code,extent\n")
    with pytest.raises(UsageError, match="the register after"):
        reform(folder, table, catalogue=catalogue())
    with pytest.raises(InputError, match="what became of"):
        table.write_text("from_code,to_code,extent\n99999,07918,whole\n")
        own = "code,parent,tier,kind,name,lat,lon\n1,,province,tỉnh,Tỉnh A,,\n"
        (folder / "after.csv").write_text(own)
        reform(folder, table, target="after.csv", catalogue=catalogue())


def test_every_row_of_a_table_that_is_none_is_told(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("from_code,to_code,extent\n1,2,whole\n\n1,2\n10,20,half\n,2,whole\n")
    with pytest.raises(InputError) as caught:
        read_shares(table)
    assert [str(problem).replace(f"{table}:", "") for problem in caught.value.problems] == [
        "4:1: not a row of a reform table (expected from_code,to_code,extent)",
        '5:7: unknown extent "half" (expected one of: whole, part, part-main)',
        "6:1: not a row of a reform table (expected from_code,to_code,extent)",
    ]


def test_a_table_that_leads_to_no_unit_says_where_to(tmp_path: Path) -> None:
    folder = three_tiers(tmp_path / "e")
    table = tmp_path / "table.csv"
    rows = [f"{unit.code},07900,whole\n" for unit in load(folder).units if unit.code]
    table.write_text("from_code,to_code,extent\n" + "".join(rows).replace("08503,07900", "08503,1"))
    with pytest.raises(InputError, match='sends "08503" to "1", which vn-2025-07-01 does not have'):
        reform(folder, table, target="vn-2025-07-01", catalogue=catalogue())


def with_contacts(folder: Path, *codes: str) -> Path:
    """Contacts for the province and for communes, each named by its head."""
    file = three_tiers(folder) / FILE
    text = file.read_text()
    head = '  - province: "25"\n'
    assert text.count(head) == 1
    contact = "    contact: {head: Ông 25, security unit: so-khcn}  # signs\n"
    own = "".join(f'  - commune: "{code}"\n    contact: {{head: Ông {code}}}\n' for code in codes)
    unit = "  - id: so-khcn\n"
    text = text.replace(head, head + contact).replace(unit, own + unit)
    file.write_text(text)
    return folder


def test_contacts_survive(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path / "e", "07918", "08503")
    reform(folder, catalogue=catalogue())
    after = load(folder)
    heads = {unit.name.vi: unit.contact.head for unit in after.units if unit.contact}
    assert heads == {
        "Tỉnh Phú Thọ": "Ông 25",
        "Phường Vân Phú": "Ông 07918",
        "Xã Hy Cương": "Ông 08503",
    }


def test_two_contacts_do_not_become_one_unseen(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path / "e", "07918", "07921")
    before = (folder / FILE).read_bytes()
    with pytest.raises(UsageError, match="several units with a contact become Phường Vân Phú"):
        reform(folder, catalogue=catalogue())
    assert (folder / FILE).read_bytes() == before
