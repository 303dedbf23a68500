"""The tables of a level dossier for one system (NĐ 331, articles 21 and 22)."""

from __future__ import annotations

from collections.abc import Iterator

from govctl.estate.model import System
from govctl.estate.papers import Decision
from govctl.reports.forms.blocks import Block, Heading, Paragraph, Table, fields, gaps_of
from govctl.reports.forms.cells import (
    NO_DATA,
    NO_RUN,
    Cell,
    Gap,
    Mixed,
    day,
    decision,
    dossier_path,
)
from govctl.reports.forms.material import FormMaterial, papers
from govctl.reports.forms.overview import overview
from govctl.reports.forms.plan import plan
from govctl.reports.forms.standing import Standing, standing
from govctl.reports.forms.words import INFORMATION, SYSTEM_TYPES

_GRAVE = 4
"""From this level on the specialised unit gives an opinion (article 21, clause 5; 22, clause 5)."""


def dossier(material: FormMaterial, system: System) -> tuple[Block, ...]:
    """The whole paper; what is missing is marked where it should stand and listed at the end."""
    of = standing(material, system)
    blocks: list[Block] = [
        *overview(material, of),
        *_design(system),
        *_level(system),
        *plan(material, of),
        *_opinion(system),
        *_sources(material, of),
    ]
    return (*blocks, *_missing(blocks))


def _paper(system: System, field: str, what: str, paper: Decision | None) -> Cell:
    return decision(paper) if paper else Gap(dossier_path(system.id, field), what)


def _design(system: System) -> Iterator[Block]:
    what = "Tài liệu thiết kế"
    yield Heading(1, f"Phần 2. {what}")
    yield Paragraph("Hệ thống xây dựng mới: thiết kế cơ sở; hệ thống đang vận hành: thiết kế thi "
                    "công đã được phê duyệt hoặc tài liệu tương đương.")  # fmt: skip
    yield fields([(what, _paper(system, "design", what, papers(system).design))])


def _level(system: System) -> Iterator[Block]:
    """Article 22, clauses 4 and 5."""
    found = papers(system)

    def prose(field: str, what: str) -> tuple[str, Cell]:
        return what, getattr(found, field) or Gap(dossier_path(system.id, field), what)

    yield Heading(1, "Phần 3. Thuyết minh cấp độ đề xuất")
    yield Heading(2, "3.1. Cấp độ đề xuất và căn cứ")
    kind, information = "Loại hình hệ thống thông tin", "Loại thông tin được xử lý"
    yield fields(
        [
            ("Hệ thống thông tin", system.name.vi),
            ("Cấp độ đề xuất", str(system.level)),
            (
                information,
                ", ".join(INFORMATION[one] for one in found.information)
                if found.information
                else Gap(dossier_path(system.id, "information"), information),
            ),
            (
                kind,
                SYSTEM_TYPES[found.type]
                if found.type
                else Gap(dossier_path(system.id, "type"), kind),
            ),
            prose("grounds", "Căn cứ đề xuất cấp độ"),
        ]
    )
    yield Heading(2, "3.2. Rủi ro chính và mức độ ảnh hưởng")
    if found.risks:
        rows = tuple((str(n), one.risk, one.impact) for n, one in enumerate(found.risks, 1))
        yield Table(("TT", "Rủi ro", "Mức độ ảnh hưởng"), (7, 48, 45), rows)
    else:
        yield Paragraph(Gap(dossier_path(system.id, "risks"), "Rủi ro chính và mức độ ảnh hưởng"))
    if system.level >= _GRAVE:
        yield Heading(2, "3.3. Nội dung bổ sung đối với cấp độ 4 và 5")
        yield fields(
            [
                prose("linked_risks", "Nguy cơ tấn công qua các hệ thống liên kết"),
                prose("security_effect", "Ảnh hưởng đến trật tự, an toàn xã hội, an ninh quốc gia"),
                prose("always_on", "Yêu cầu vận hành 24/7"),
            ]
        )


def _opinion(system: System) -> Iterator[Block]:
    if system.level >= _GRAVE:
        what = "Ý kiến chuyên môn của đơn vị chuyên trách"
        yield Heading(1, f"Phần 5. {what}")
        yield fields([(what, _paper(system, "opinion", what, papers(system).opinion))])


def _sources(material: FormMaterial, of: Standing) -> Iterator[Block]:
    """Which measurement stands behind part 4."""
    run = material.run
    yield Heading(1, "Phụ lục 1. Nguồn số liệu")
    if run is None:
        yield Paragraph(Gap(NO_RUN, "Nguồn số liệu", "scan"))
        return
    judged = [f"{name} (SHA-256 {digest})" for name, digest in run.versions.baselines.items()]
    rows: list[tuple[str, Cell]] = [
        ("Lần quét", run.id),
        ("Thời gian", f"{day(run.finished.date())} {run.finished:%H:%M} UTC"),
        ("Người thực hiện", run.who),
        ("Phiên bản govctl", run.versions.govctl),
        ("Bộ phép kiểm tra", f"SHA-256 {run.versions.checks}"),
        ("Đường cơ sở", Mixed(tuple(judged)) if judged else "không có"),
        ("Máy của hệ thống chưa được quét", ", ".join(of.unseen) or "không có"),
    ]
    if not material.run_is_of_this_estate:
        rows.append(("Lưu ý", "Mô tả hệ thống đã thay đổi sau lần quét này."))
    yield fields(rows)


def _missing(blocks: list[Block]) -> Iterator[Block]:
    found = gaps_of(blocks)
    yield Heading(1, "Phụ lục 2. Nội dung chưa có dữ liệu")
    if not found:
        yield Paragraph("Không có.")
        return
    yield Paragraph(f"{len(found)} nội dung ghi “{NO_DATA}” cần được bổ sung ở nơi nêu dưới đây.")
    rows = tuple((str(n), gap.what, gap.where) for n, gap in enumerate(found, 1))
    yield Table(("TT", "Nội dung", "Bổ sung ở"), (7, 43, 50), rows)
