"""Form 08 of NĐ 331: what an owner reports each year on all its systems (articles 35 and 36)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from govctl.estate.model import System, Unit
from govctl.estate.papers import Decision, Dossier
from govctl.reports.forms.bodies import Line, about, no_unit, security_unit
from govctl.reports.forms.cells import (
    NO_RUN,
    Cell,
    Gap,
    Mixed,
    day,
    decision,
    dossier_path,
    gaps_in,
)
from govctl.reports.forms.material import FormMaterial, called, papers
from govctl.reports.forms.period import Period
from govctl.reports.forms.standing import CriterionResult, criteria, standing
from govctl.reports.forms.words import (
    APPROVAL,
    BEFORE_USE,
    DEPLOYMENT,
    FULLY_MET,
    NOT_FULLY_MET,
    PERIODIC,
    SYSTEM_TYPES,
)

COLUMNS = (
    "TT",
    "Tên hệ thống thông tin",
    "Chủ quản hệ thống thông tin",
    "Đơn vị vận hành",
    "Cấp độ đề xuất",
    "Tình trạng phê duyệt hồ sơ đề xuất cấp độ",
    "Quyết định phê duyệt cấp độ (số, ngày, cơ quan ban hành)",
    "Quyết định ban hành Quy chế (số, ngày, cơ quan ban hành)",
    "Thời gian dự kiến được phê duyệt",
    "Tình trạng triển khai phương án bảo đảm an ninh mạng",
    "Thời gian dự kiến triển khai đầy đủ",
    "Kiểm tra, đánh giá an ninh mạng đã thực hiện",
)
"""Part 3; a column's number is its place here, from 1."""


@dataclass(frozen=True)
class Row:
    """A system: its twelve cells of part 3, and its answers in the annexes."""

    system: System
    cells: tuple[Cell, ...]
    critical: tuple[Cell, ...]
    """Article 36, clause 3: proposed or not, and why."""
    regulation: Cell
    """Article 36, clause 7: whether the regulation is obeyed."""
    criteria: tuple[CriterionResult, ...]
    """Article 36, clauses 9 and 10."""
    unseen: tuple[str, ...]
    """Its machines of which the run has no result."""

    @property
    def dossier(self) -> Dossier:
        """Its papers; empty ones if the estate has none."""
        return papers(self.system)


@dataclass(frozen=True)
class Form08:
    """The whole form for one owner and one year."""

    period: Period
    owner: Unit
    scanned: bool
    """True if a run stands behind the criteria."""
    totals: tuple[Line, ...]
    """Part 1."""
    owner_lines: tuple[Line, ...]
    """Part 2: the owner."""
    unit_lines: tuple[Line, ...]
    """Part 2: its specialised security unit."""
    rows: tuple[Row, ...]
    """Part 3 and the annexes."""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that could not be filled, in the order of the form."""
        cells: list[Cell] = [cell for _label, cell in (*self.totals, *self.owner_lines)]
        cells += [cell for _label, cell in self.unit_lines]
        for row in self.rows:
            cells += [*row.cells, *row.critical, row.regulation]
            cells += [met_cell(self, row.system, one) for one in row.criteria]
            cells += [roadmap_cell(row.system, one) for one in row.criteria]
        return tuple(dict.fromkeys(gaps_in(cells)))


def form08(material: FormMaterial, owner: Unit, period: Period) -> Form08:
    """Fill the form for the systems of one owner."""
    systems = [system for system in material.estate.systems if system.owner == owner.id]
    unit = security_unit(material, owner)
    return Form08(
        period=period,
        owner=owner,
        scanned=material.run is not None,
        totals=_totals(systems, period),
        owner_lines=about(owner),
        unit_lines=about(unit) if unit else no_unit(owner),
        rows=tuple(
            _row(material, system, number, period) for number, system in enumerate(systems, 1)
        ),
    )


def _totals(systems: Sequence[System], period: Period) -> tuple[Line, ...]:
    """Part 1: seven values. A system whose papers are silent is counted nowhere, and named."""
    types = Counter(papers(system).type for system in systems)
    by_type = [f"{words}: {types[name]}" for name, words in SYSTEM_TYPES.items() if types[name]]
    unknown = _silent(systems, "type", "Loại hình hệ thống")
    no_status = _silent(systems, "status", COLUMNS[5])

    def reached(*statuses: str) -> Cell:
        count = sum(papers(system).status in statuses for system in systems)
        return Mixed((str(count), *no_status)) if no_status else str(count)

    checked = [s for s in systems if papers(s).status == "approved" and _checked(s, period)]
    unchecked = [
        *no_status,
        *_silent([s for s in systems if papers(s).status == "approved"],
                 "security_checks", COLUMNS[11]),
    ]  # fmt: skip
    return (
        ("Tổng số hệ thống thông tin", str(len(systems))),
        ("Phân loại theo loại hình", Mixed((*by_type, *unknown)) if systems else "0"),
        ("Số hệ thống đã xây dựng hồ sơ", reached("submitted", "appraised", "approved")),
        ("Số hệ thống đã được thẩm định hồ sơ", reached("appraised", "approved")),
        ("Số hệ thống đã được phê duyệt cấp độ", reached("approved")),
        (
            "Số hệ thống đã được phê duyệt và được kiểm tra, đánh giá định kỳ",
            Mixed((str(len(checked)), *unchecked)) if unchecked else str(len(checked)),
        ),
        ("Thời gian dự kiến hoàn thành phê duyệt tất cả hệ thống", _all_approved(systems)),
    )


def _silent(systems: Sequence[System], field: str, what: str) -> list[Gap]:
    return [
        Gap(dossier_path(system.id, field), what)
        for system in systems
        if getattr(papers(system), field) is None
    ]


def _checked(system: System, period: Period) -> bool:
    done = papers(system).security_checks
    return bool(done and done.periodic and period.holds(done.periodic))


def _all_approved(systems: Sequence[System]) -> Cell:
    open_ones = [system for system in systems if papers(system).status != "approved"]
    if not open_ones:
        return "Tất cả hệ thống đã được phê duyệt" if systems else "Không có hệ thống"
    days = [papers(system).expected_approval for system in open_ones]
    known = [when for when in days if when]
    if len(known) == len(days):
        return day(max(known))
    return Mixed(tuple(_silent(open_ones, "expected_approval", COLUMNS[8])))


def _row(material: FormMaterial, system: System, number: int, period: Period) -> Row:
    estate, found = material.estate, papers(system)

    def gap(field: str, column: int) -> Gap:
        return Gap(dossier_path(system.id, field), COLUMNS[column - 1])

    approved = found.status == "approved"
    planned = found.plan != "fully"
    cells: tuple[Cell, ...] = (
        str(number),
        system.name.vi,
        called(estate.unit(system.owner)),
        called(estate.unit(system.operator)),
        str(system.level),
        APPROVAL[found.status] if found.status else gap("status", 6),
        _decided(found.level_decision, approved, gap("level_decision", 7)),
        _decided(found.regulation, approved, gap("regulation", 8)),
        "" if approved else _day(found.expected_approval, gap("expected_approval", 9)),
        DEPLOYMENT[found.plan] if found.plan else gap("plan", 10),
        _day(found.plan_expected, gap("plan_expected", 11)) if planned else "",
        _checks(found, period) if found.security_checks is not None else gap("security_checks", 12),
    )
    seen = standing(material, system)
    return Row(
        system=system,
        cells=cells,
        critical=_critical(system),
        regulation=_obeyed(system),
        criteria=criteria(seen),
        unseen=seen.unseen,
    )


def _decided(paper: Decision | None, due: bool, gap: Gap) -> Cell:
    if paper is not None:
        return decision(paper)
    return gap if due else ""


def _day(when: date | None, gap: Gap) -> Cell:
    return day(when) if when is not None else gap


def _checks(found: Dossier, period: Period) -> str:
    """Column 12: what was done by the last day, the periodic one within the period."""
    done = found.security_checks
    words = []
    if done and done.before_use and done.before_use <= period.last:
        words.append(BEFORE_USE)
    if done and done.periodic and period.holds(done.periodic):
        words.append(PERIODIC)
    return "; ".join(words)


def _critical(system: System) -> tuple[Cell, Cell]:
    """Level 5 is critical to national security by itself (article 16, clause 4)."""
    found = papers(system)
    what = "Đề xuất vào danh mục hệ thống thông tin quan trọng"
    if found.critical is None and system.level < 5:
        return Gap(dossier_path(system.id, "critical"), what), ""
    if found.critical is False and system.level < 5:
        return "Không đề xuất", ""
    grounds = "Hệ thống cấp độ 5 (Điều 16 khoản 4)" if system.level == 5 else None
    given = found.critical_grounds or grounds
    return "Đề xuất", given or Gap(dossier_path(system.id, "critical_grounds"), "Căn cứ đề xuất")


def _obeyed(system: System) -> Cell:
    obeyed = papers(system).regulation_obeyed
    if obeyed is None:
        return Gap(dossier_path(system.id, "regulation_obeyed"), "Việc tuân thủ Quy chế")
    return "Tuân thủ" if obeyed else "Chưa tuân thủ"


def met_cell(form: Form08, system: System, result: CriterionResult) -> Cell:
    """Whether a criterion is met in full; a gap where proof is missing."""
    if result.met is not None:
        return FULLY_MET if result.met else NOT_FULLY_MET
    what = f"{system.name.vi}: {result.criterion.name}"
    if not result.total:
        return Gap("đường cơ sở không có yêu cầu nào thuộc tiêu chí này", what, "baseline")
    if not form.scanned:
        return Gap(NO_RUN, what, "scan")
    return Gap(f"{result.open} yêu cầu chưa có bằng chứng", what, "person")


def roadmap_cell(system: System, result: CriterionResult) -> Cell:
    """What will close a criterion; nothing where it is met or where nobody knows."""
    if result.step is not None:
        return f"{result.step.what} (trước ngày {day(result.step.by)})"
    if result.met is not False:
        return ""
    return Gap(dossier_path(system.id, f"roadmap.{result.criterion.field}"), "Lộ trình đáp ứng")
