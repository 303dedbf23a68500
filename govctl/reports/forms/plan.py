"""Part 4 of a level dossier: how each requirement is met (NĐ 331, article 22, clause 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from govctl.evidence.model import Probe
from govctl.reports.forms.blocks import Block, Heading, Paragraph, Table
from govctl.reports.forms.cells import NO_RUN, Cell, Gap, Mixed
from govctl.reports.forms.material import FormMaterial
from govctl.reports.forms.standing import Standing
from govctl.reports.forms.words import PARTS, PROOF, VERDICTS, part_of
from policies.model import Finding
from policies.rollup import RequirementResult

HEAD = ("TT", "Yêu cầu", "Nội dung yêu cầu", "Biện pháp đáp ứng", "Kết quả")
WIDTHS = (7, 20, 29, 31, 13)


def plan(material: FormMaterial, of: Standing) -> Iterator[Block]:
    """Every requirement of the system's level, by the parts of a security plan."""
    failing = _failing(material, of)
    by_part: dict[str, list[RequirementResult]] = defaultdict(list)
    for row in of.results:
        by_part[part_of(row.requirement.group, row.requirement.area)].append(row)
    yield Heading(1, "Phần 4. Phương án bảo đảm an ninh mạng")
    yield Paragraph(
        f"Các yêu cầu cơ bản cấp độ {of.system.level} của: {_baselines(material)}. Cách phân vào "
        "các phần a đến g theo Điều 29 khoản 2 do công cụ đề xuất. Yêu cầu chỉ ghi “Đạt” khi mọi "
        "phép kiểm tra đạt trên mọi máy của hệ thống và không còn nội dung nào cần người xác nhận."
    )
    for letter, name in PARTS.items():
        rows = by_part[letter]
        yield Heading(2, f"{letter}) {name}")
        if not rows:
            yield Paragraph("Các đường cơ sở không có yêu cầu nào thuộc phần này.")
            continue
        yield Paragraph(_counts(rows))
        yield _requirements(rows, failing)
    yield Heading(2, "Kiểm tra dịch vụ từ bên ngoài")
    yield _probes(material, of.probes)
    if of.annex:
        yield Heading(2, "Nội dung khuyến nghị ngoài yêu cầu cơ bản")
        yield Paragraph(f"{_counts(of.annex)} Không tính vào mức độ đáp ứng.")
        yield _requirements(of.annex, failing)


def _baselines(material: FormMaterial) -> str:
    return ", ".join(baseline.id for baseline in material.baselines) or "không có đường cơ sở nào"


def _counts(rows: Iterable[RequirementResult]) -> str:
    statuses = [row.status for row in rows]
    words = [
        f"{word.lower()} {statuses.count(status)}"
        for status, word in VERDICTS.items()
        if statuses.count(status)
    ]
    return f"{len(statuses)} yêu cầu: {', '.join(words)}."


def _failing(material: FormMaterial, of: Standing) -> Mapping[str, list[Finding]]:
    """Check → its findings that fail on the system's machines."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for machine in of.devices:
        for finding in material.findings.get(machine.id, ()):
            if finding.status in ("fail", "unreachable"):
                found[finding.check].append(finding)
    return found


def _requirements(rows: Iterable[RequirementResult], failing: Mapping[str, list[Finding]]) -> Table:
    cells = tuple(
        (
            str(number),
            Mixed((row.requirement.clause, row.requirement.key, row.requirement.baseline)),
            _asked(row),
            _answered(row, failing),
            _result(row),
        )
        for number, row in enumerate(rows, 1)
    )
    return Table(HEAD, WIDTHS, cells)


def _asked(row: RequirementResult) -> Cell:
    asked = row.requirement
    parts = [asked.text["vi"]]
    if asked.threshold:
        parts.append(f"Ngưỡng: {asked.threshold}")
    return Mixed(tuple(parts))


def _answered(row: RequirementResult, failing: Mapping[str, list[Finding]]) -> Cell:
    """What shows that it is met, and what is left for a person."""
    proof = PROOF.get(row.requirement.evidence, row.requirement.evidence)
    if not row.checks:
        if row.status in ("pass", "not-applicable"):
            return row.reason.render("vi")
        what = f"{row.requirement.id}: {row.requirement.text['vi']}"
        return Gap(f"cần người xác nhận, kèm bằng chứng: {proof}", what, "person")
    parts: list[str | Gap] = [f"{len(row.checks)} phép kiểm tra tự động: {', '.join(row.checks)}"]
    for check in row.checks:
        found = failing.get(check, ())
        if found:
            where = ", ".join(sorted(_where(finding) for finding in found))
            parts.append(f"Chưa đạt {check}: {where}")
    if row.left and row.status != "pass":
        parts.append(Gap(f"cần người xác nhận {row.left['vi']}", row.requirement.id, "person"))
    return Mixed(tuple(parts))


def _where(finding: Finding) -> str:
    """A machine; an accepted risk stays a failure, and is called what it is."""
    return f"{finding.target} (rủi ro được chấp nhận)" if finding.waiver else finding.target


def _result(row: RequirementResult) -> Cell:
    word = VERDICTS[row.status]
    if row.status in ("pass", "not-applicable") or not row.checks:
        return word
    return Mixed((word, row.reason.render("vi")))


def _probes(material: FormMaterial, probes: tuple[Probe, ...]) -> Table | Paragraph:
    if not probes:
        known = material.run is not None
        where = "lần quét không hỏi các dịch vụ: govctl up" if known else NO_RUN
        return Paragraph(Gap(where, "Kiểm tra dịch vụ từ bên ngoài", "scan"))
    rows = tuple(
        (one.service, one.target, one.question.render("vi"), VERDICTS[one.status],
         one.reason.render("vi"))
        for one in probes
    )  # fmt: skip
    return Table(("Dịch vụ", "Máy", "Nội dung", "Kết quả", "Lý do"), (15, 20, 30, 12, 23), rows)
