"""Form 08: its values, its allowed words, its gaps, and what must agree in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from govctl.estate.papers import Roadmap, SecurityChecks
from govctl.pipeline.forms import form_material
from govctl.pipeline.job import Job
from govctl.reports.forms.cells import Cell, Gap, text
from govctl.reports.forms.crosschecks import RULES, outcomes, remarks
from govctl.reports.forms.material import FormMaterial
from govctl.reports.forms.mau08 import COLUMNS, Form08, form08, met_cell, roadmap_cell
from govctl.reports.forms.period import Period, year_of
from tests.reports.forms.support import paper, run_of, with_contact, with_dossier

YEAR = Period(2026)


def form(material: FormMaterial, period: Period = YEAR) -> Form08:
    return form08(material, material.estate.unit("25"), period)


def portal(material: FormMaterial, **values: object) -> FormMaterial:
    return replace(material, estate=with_dossier(material.estate, "portal", **values))


def cell(material: FormMaterial, column: int) -> Cell:
    """A cell of the portal's row, by the form's column number."""
    (row,) = [row for row in form(material).rows if row.system.id == "portal"]
    return row.cells[column - 1]


def broken(material: FormMaterial) -> dict[str, tuple[str, ...]]:
    return {one.rule.id: one.offenders for one in outcomes(form(material)) if not one.holds}


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        (2026, date(2025, 12, 15), date(2026, 12, 14)),
        (2027, date(2026, 12, 15), date(2027, 12, 14)),
    ],
)
def test_the_period_runs_from_december_to_december(year: int, first: date, last: date) -> None:
    period = Period(year)
    assert (period.first, period.last) == (first, last)
    assert (period.due_to_owner, period.due_to_ministry) == (date(year, 12, 20), date(year, 12, 25))
    assert period.holds(first)
    assert period.holds(last)
    assert not period.holds(date(year, 12, 15))
    assert not period.holds(date(year - 1, 12, 14))


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 14), date(2026, 12, 31)])
def test_a_years_report_is_written_until_the_year_ends(today: date) -> None:
    assert year_of(today) == 2026


@pytest.mark.parametrize(
    ("values", "column", "expected"),
    [
        ({}, 5, "3"),
        ({"status": "draft"}, 6, "Đang dự thảo"),
        ({"status": "submitted"}, 6, "Đã gửi thẩm định"),
        ({"status": "appraised"}, 6, "Đã thẩm định"),
        ({}, 6, "Đã được phê duyệt"),
        ({}, 7, "123/QĐ-UBND, ngày 30/09/2026, UBND tỉnh Phú Thọ"),
        ({}, 8, "45/QĐ-UBND, ngày 30/08/2026, UBND tỉnh Phú Thọ"),
        ({}, 9, ""),
        ({"status": "draft", "expected_approval": date(2027, 1, 31)}, 9, "31/01/2027"),
        ({"plan": "not-started"}, 10, "Chưa triển khai"),
        ({}, 10, "Đã triển khai một số hạng mục"),
        ({"plan": "fully"}, 10, "Đã triển khai đầy đủ"),
        ({}, 11, "30/06/2027"),
        ({"plan": "fully"}, 11, ""),
        ({}, 12, "Trước khi đưa vào sử dụng; Định kỳ"),
        ({"security_checks": SecurityChecks()}, 12, ""),
        (
            {"security_checks": SecurityChecks.model_validate({"before use": date(2020, 1, 1)})},
            12, "Trước khi đưa vào sử dụng",
        ),
        ({"security_checks": SecurityChecks(periodic=date(2025, 12, 14))}, 12, ""),
        ({"security_checks": SecurityChecks(periodic=date(2025, 12, 15))}, 12, "Định kỳ"),
        ({"security_checks": SecurityChecks(periodic=date(2026, 12, 15))}, 12, ""),
    ],
)  # fmt: skip
def test_cells_have_the_forms_own_words(
    material: FormMaterial, values: dict[str, Any], column: int, expected: str
) -> None:
    assert cell(portal(material, **values), column) == expected


@pytest.mark.parametrize(
    ("values", "column", "where"),
    [
        ({"status": None}, 6, "status"),
        ({"level_decision": None}, 7, "level decision"),
        ({"regulation": None}, 8, "regulation"),
        ({"status": "draft"}, 9, "expected approval"),
        ({"plan": None}, 10, "plan"),
        ({"plan_expected": None}, 11, "plan expected"),
        ({"security_checks": None}, 12, "security checks"),
    ],
)
def test_what_is_missing_is_marked_with_its_place(
    material: FormMaterial, values: dict[str, Any], column: int, where: str
) -> None:
    found = cell(portal(material, **values), column)
    assert found == Gap(f"systems[portal].dossier.{where}", COLUMNS[column - 1])
    assert "chưa có dữ liệu" in text(found)


def test_the_seven_values(material: FormMaterial) -> None:
    other = with_dossier(material.estate, "conference", status="appraised", type="internal",
                         expected_approval=date(2027, 3, 1))  # fmt: skip
    other = with_dossier(other, "infrastructure", status="draft", type="infrastructure",
                         expected_approval=date(2027, 5, 1))  # fmt: skip
    values = [text(value) for _label, value in form(replace(material, estate=other)).totals]
    assert values == [
        "3",
        "Hệ thống phục vụ hoạt động nội bộ: 1\nHệ thống phục vụ người dân, doanh nghiệp: 1\n"
        "Hệ thống cơ sở hạ tầng thông tin: 1",
        "2", "2", "1", "1", "01/05/2027",
    ]  # fmt: skip


def test_a_silent_system_is_named_beside_each_number_that_it_could_change(
    material: FormMaterial,
) -> None:
    gap = "[chưa có dữ liệu: systems[portal].dossier.status]"
    values = [text(value) for _label, value in form(portal(material, status=None)).totals]
    assert values[2:6] == [f"2\n{gap}"] * 4
    assert values[6] == "[chưa có dữ liệu: systems[portal].dossier.expected approval]"


def test_other_owners_systems_are_not_in_the_form(material: FormMaterial) -> None:
    assert form08(material, material.estate.unit("so-khcn"), YEAR).rows == ()
    assert len(form(material).rows) == 3


def test_complete_papers_hold_every_rule(material: FormMaterial) -> None:
    assert broken(material) == {}
    assert [gap for gap in form(material).gaps if gap.lack == "estate"] == []


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("rows", {"type": None}),
        ("status", {"status": None}),
        ("approved-decision", {"level_decision": None}),
        ("approved-regulation", {"regulation": None}),
        ("expected-approval", {"status": "draft", "level_decision": None}),
        ("not-approved-decision", {"status": "appraised", "expected_approval": date(2027, 1, 1)}),
        ("expected-plan", {"plan_expected": None}),
        ("expected-plan", {"plan": None, "plan_expected": None}),
        ("regulation-first", {"regulation": paper("45", date(2026, 10, 1))}),
        ("signed-in-time", {"level_decision": paper("123", date(2026, 12, 15))}),
        ("expected-later", {"plan_expected": date(2025, 12, 14)}),
        ("own-judge", {"appraiser": None}),
    ],
)
def test_each_contradiction_is_named(
    material: FormMaterial, rule: str, values: dict[str, Any]
) -> None:
    assert broken(portal(material, **values)) == {rule: ("portal",)}


def test_what_is_not_met_needs_a_roadmap(job: Job) -> None:
    def said(target: str, check: str) -> Any:
        return "fail" if (target, check) == ("portal-web-1", "permissions-shadow") else "pass"

    failed = form_material(job, run_of(job, said))
    assert broken(failed) == {}
    without = portal(failed, roadmap=Roadmap())
    assert broken(without) == {"roadmap": ("portal",)}
    row = next(row for row in form(without).rows if row.system.id == "portal")
    wrong = [one for one in row.criteria if one.met is False]
    assert {text(met_cell(form(without), row.system, one)) for one in wrong} == {
        "Chưa đáp ứng đầy đủ"
    }
    assert {text(roadmap_cell(row.system, one)) for one in wrong} >= {
        "[chưa có dữ liệu: systems[portal].dossier.roadmap.servers]"
    }


def test_every_rule_can_be_broken() -> None:
    cases = test_each_contradiction_is_named.pytestmark[0].args[1]
    assert {rule.id for rule in RULES} == {rule for rule, _values in cases} | {"roadmap"}


@pytest.mark.parametrize(
    ("values", "level", "expected"),
    [
        ({"critical": False}, 3, ("Không đề xuất", "")),
        ({"critical": True, "critical_grounds": "24/7"}, 4, ("Đề xuất", "24/7")),
        ({"critical": None}, 5, ("Đề xuất", "Hệ thống cấp độ 5 (Điều 16 khoản 4)")),
        ({"critical": False}, 5, ("Đề xuất", "Hệ thống cấp độ 5 (Điều 16 khoản 4)")),
    ],
)
def test_candidates_for_the_critical_list(
    material: FormMaterial, values: dict[str, Any], level: int, expected: tuple[str, str]
) -> None:
    estate = with_dossier(material.estate, "portal", **values)
    systems = tuple(
        one.model_copy(update={"level": level}) if one.id == "portal" else one
        for one in estate.systems
    )
    changed = replace(material, estate=estate.model_copy(update={"systems": systems}))
    (row,) = [row for row in form(changed).rows if row.system.id == "portal"]
    assert row.critical == expected


@pytest.mark.parametrize(
    ("obeyed", "expected"), [(True, "Tuân thủ"), (False, "Chưa tuân thủ"), (None, None)]
)
def test_whether_the_regulation_is_obeyed(
    material: FormMaterial, obeyed: bool | None, expected: str | None
) -> None:
    changed = portal(material, regulation_obeyed=obeyed)
    (row,) = [row for row in form(changed).rows if row.system.id == "portal"]
    assert row.regulation == (
        expected or Gap("systems[portal].dossier.regulation obeyed", "Việc tuân thủ Quy chế")
    )


def test_remarks_tell_what_breaks_no_rule(job: Job, bare: FormMaterial) -> None:
    old = run_of(job, lambda _t, _c: "pass", finished=datetime(2025, 11, 1, tzinfo=UTC))
    partial = [one for one in old.findings if one.target != "portal-web-1"]
    old = replace(old, findings=tuple(partial))
    late = SecurityChecks(periodic=date(2025, 1, 1))
    material = portal(form_material(job, replace(old, estate_digest="x")), security_checks=late)
    said = " | ".join(one.render("en") for one in remarks(form(material), material))
    for part in (
        "has no result of: portal-web-1",
        "is not of the reporting period",
        "the estate was changed",
        "was not counted",
    ):
        assert part in said
    assert "there is no run" in remarks(form(bare), bare)[0].render("en")
    assert "Chưa có lần quét" in remarks(form(bare), bare)[0].render("vi")


def test_the_security_unit_is_told_or_asked_for(material: FormMaterial) -> None:
    assert dict(form(material).unit_lines)["Người đứng đầu"] == "Nguyễn Thị Bình"
    silent = replace(material, estate=with_contact(material.estate, "25", security_unit=None))
    assert [value for _label, value in form(silent).unit_lines] == [
        Gap("units[25].contact.security unit", "Đơn vị chuyên trách về an ninh mạng")
    ]
