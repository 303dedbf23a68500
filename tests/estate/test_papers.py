"""Papers for the law's forms: read strictly, complained about in place, outside the digest."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from govctl.estate.schema import schema
from tests.estate.support import SMALL, changed, load_text, problems

CONTACT = """\
  - province: "25"
    site: data-centre
    contact:
      name: Ủy ban nhân dân tỉnh Phú Thọ
      email: van-thu@phutho.gov.vn
      security unit: so-khcn
"""
DOSSIER = """\
    dossier:
      type: public-service
      information: [public, personal]
      status: approved
      level decision: {number: 123/QĐ-UBND, date: "2026-09-30", body: UBND tỉnh}
      regulation: {number: 45/QĐ-UBND, date: 30/8/2026, body: UBND tỉnh}
      public addresses: {dmz: [203.0.113.10, "2001:DB8::10"]}
      security checks: {periodic: "2026-10-20"}
      roadmap: {end of life: {by: "2027-06-30", what: Quy trình thanh lý}}
    flows: [{from: internet
"""
WITH_PAPERS = changed(
    "    flows: [{from: internet",
    DOSSIER.rstrip("\n"),
    changed('  - province: "25"\n    site: data-centre\n', CONTACT),
)


def test_papers_reach_the_estate(tmp_path: Path) -> None:
    estate = load_text(tmp_path / "e", WITH_PAPERS)
    contact, dossier = estate.unit("25").contact, estate.system("portal").dossier
    assert contact is not None
    assert (contact.security_unit, contact.phone) == ("so-khcn", None)
    assert dossier is not None
    assert dossier.level_decision is not None
    assert dossier.level_decision.date == date(2026, 9, 30)
    assert dossier.regulation is not None
    assert dossier.regulation.date == date(2026, 8, 30)
    assert dossier.public_addresses == {"dmz": ("203.0.113.10", "2001:db8::10")}
    assert dossier.roadmap is not None
    assert dossier.roadmap.end_of_life is not None
    assert dossier.roadmap.end_of_life.by == date(2027, 6, 30)


def test_dates_stand_with_and_without_quotes(tmp_path: Path) -> None:
    plain = WITH_PAPERS.replace('"2026-09-30"', "2026-09-30")
    assert load_text(tmp_path / "a", plain) == load_text(tmp_path / "b", WITH_PAPERS)


def test_papers_change_no_digest(tmp_path: Path) -> None:
    with_papers, without = load_text(tmp_path / "a", WITH_PAPERS), load_text(tmp_path / "b")
    assert with_papers.digest == without.digest
    assert with_papers != without


def test_a_commune_of_a_group_has_a_contact_by_an_entry_of_its_own(tmp_path: Path) -> None:
    own = changed(
        "  - {id: so-khcn", '  - {commune: "07894", contact: {head: A}}\n  - {id: so-khcn'
    )
    contact = load_text(tmp_path / "e", own).unit("07894").contact
    assert contact is not None
    assert contact.head == "A"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("security unit: so-khcn", "security unit: so-khc",
         'estate.yaml:14:22: unknown unit "so-khc"; did you mean "so-khcn"?'),
        ("email: van-thu@phutho.gov.vn", "email: van-thu",
         '13:14: "van-thu" is not an e-mail address'),
        ("      name: Ủy", "      nmae: Ủy", '12:7: unknown key "nmae"; did you mean "name"?'),
        ("status: approved", "status: aproved",
         '"aproved" is not known here; did you mean "approved"?'),
        ("level decision:", "level_decision:",
         'unknown key "level_decision"; did you mean "level decision"?'),
        ('"2026-09-30"', '"2026-02-30"',
         '"2026-02-30" is not a day (expected a day such as "2026-09-30")'),
        ('"2026-09-30"', "2026-09-30 10:00:00", '"2026-09-30 10:00:00" is not a day'),
        ("30/8/2026", "8/30/2026", '"8/30/2026" is not a day'),
        ("30/8/2026", "2026", '"2026" is not a day'),
        ("{dmz: [203", "{dmy: [203", 'the site p25 has no zone "dmy"; did you mean "dmz"?'),
        ("203.0.113.10", "203.0.113.300", '"203.0.113.300" is not an IP address'),
        ("[public, personal]", "[]", "expected at least 1 of them"),
        ("[public, personal]", "[secret]", '"secret" is not known here'),
        ("end of life:", "end:", 'unknown key "end"'),
        ("{periodic: ", "{weekly: ", 'unknown key "weekly"'),
        ("what: Quy trình thanh lý", "waht: x", 'the key "what" is missing'),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = problems(tmp_path / "e", changed(old, new, WITH_PAPERS))
    assert any(said in one for one in found), found


def test_the_schema_knows_papers() -> None:
    shape = schema()
    validator = jsonschema.Draft202012Validator(shape)
    assert list(validator.iter_errors(yaml.safe_load(WITH_PAPERS))) == []
    assert list(validator.iter_errors(yaml.safe_load(changed("public-service", "x", WITH_PAPERS))))
    fields = shape["$defs"]["Dossier"]["properties"]
    assert "decision that approved the level" in fields["level decision"]["description"]
    assert (
        yaml.safe_load(SMALL)["systems"][2].keys()
        <= shape["$defs"]["SystemSource"]["properties"].keys()
    )
