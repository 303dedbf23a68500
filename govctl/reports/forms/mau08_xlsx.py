"""Form 08 as a workbook: the form, the annexes, the cross-checks, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from govctl.reports.forms.bodies import Line
from govctl.reports.forms.cells import NO_DATA, Cell, day
from govctl.reports.forms.crosschecks import Outcome, outcomes, remarks
from govctl.reports.forms.material import FormMaterial, called
from govctl.reports.forms.mau08 import COLUMNS, Form08, met_cell, roadmap_cell
from govctl.reports.forms.sheets import Book, Sheet
from govctl.reports.forms.words import VERDICTS
from govctl.texts import Language, Message

_WIDTHS = (5, 20, 16, 15, 8, 13, 18, 18, 12, 14, 12, 14)
_SPLIT = 4
_ENGLISH = (
    "No.", "Information system", "Owner", "Operator", "Proposed level", "Approval status",
    "Level decision: number, date, body", "Decision on the security regulation: number, date, body",
    "Expected approval, if not approved", "Deployment of the security plan",
    "Expected full deployment, if not full", "Security checks done: before use, periodic, or both",
)  # fmt: skip


def render(form: Form08, material: FormMaterial, language: Language = "vi") -> bytes:
    """The XLSX file. The form itself is Vietnamese; `en` adds a sheet of notes in English."""
    book = Book(f"Mẫu 08 - {form.period.year} - {called(form.owner)}", material.moment)
    _form(book.sheet("Mẫu 08", _WIDTHS), form)
    _critical(book.sheet("PL Điều 36.3", (5, 34, 10, 22, 60)), form)
    _regulation(book.sheet("PL Điều 36.7", (5, 34, 44, 30)), form)
    _criteria(book.sheet("PL Điều 36.9-36.10", (5, 22, 10, 26, 8, 8, 8, 8, 24, 34)), form)
    _checks(book.sheet("Kiểm tra chéo", (5, 54, 30, 14, 34)), outcomes(form),
            remarks(form, material))  # fmt: skip
    _missing(book.sheet("Nội dung còn thiếu", (5, 60, 60)), form)
    if language == "en":
        _notes(book.sheet("Notes in English", (5, 60, 60)))
    return book.to_bytes()


def _form(sheet: Sheet, form: Form08) -> None:
    period = form.period
    sheet.halves(called(form.owner).upper(), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    sheet.halves("Số: ……/BC-……", "Độc lập - Tự do - Hạnh phúc")
    sheet.halves("", f"……, ngày …… tháng …… năm {period.year}", bold=False)
    sheet.skip()
    sheet.heading("BÁO CÁO", size=14, centre=True)
    sheet.heading(
        f"Công tác bảo đảm an ninh mạng hệ thống thông tin theo cấp độ năm {period.year}",
        centre=True,
    )
    sheet.note("Mẫu số 08, Nghị định số 331/2026/NĐ-CP. "
               f"Kỳ số liệu: từ {day(period.first)} đến {day(period.last)}. "
               f"Thời hạn: đơn vị gửi chủ quản trước {day(period.due_to_owner)}; "
               f"chủ quản gửi Bộ Công an trước {day(period.due_to_ministry)}.")  # fmt: skip
    sheet.heading("Kính gửi: Bộ Công an", centre=True)
    sheet.skip()
    sheet.heading("1. Số liệu chung")
    _lines(sheet, form.totals)
    sheet.skip()
    sheet.heading("2. Thông tin chủ quản hệ thống thông tin")
    _lines(sheet, form.owner_lines)
    sheet.heading("Thông tin đơn vị chuyên trách về an ninh mạng", size=12)
    _lines(sheet, form.unit_lines)
    sheet.skip()
    sheet.heading("3. Danh sách hệ thống thông tin")
    sheet.table_head(COLUMNS, numbered=True)
    for row in form.rows:
        sheet.table_row(row.cells)
    sheet.skip()
    head = form.owner.contact
    sheet.halves("Nơi nhận:", ((head and head.title) or "THỦ TRƯỞNG CƠ QUAN").upper())
    sheet.halves("- Như trên;\n- Lưu: VT.", "(Ký, ghi rõ họ tên, đóng dấu)", bold=False)
    sheet.halves("", (head and head.head) or "")


def _lines(sheet: Sheet, lines: Sequence[Line]) -> None:
    for label, value in lines:
        sheet.field(label, value, _SPLIT)


def _critical(sheet: Sheet, form: Form08) -> None:
    sheet.heading("Phụ lục theo Điều 36 khoản 3: hệ thống đề xuất vào danh mục hệ thống thông tin "
                  "quan trọng về an ninh quốc gia")  # fmt: skip
    sheet.table_head(("TT", "Hệ thống thông tin", "Cấp độ", "Đề xuất", "Căn cứ"))
    for number, row in enumerate(form.rows, 1):
        sheet.table_row((str(number), row.cells[1], row.cells[4], *row.critical))


def _regulation(sheet: Sheet, form: Form08) -> None:
    sheet.heading("Phụ lục theo Điều 36 khoản 7: việc tuân thủ Quy chế bảo đảm an ninh mạng")
    sheet.table_head(("TT", "Hệ thống thông tin", "Quyết định ban hành Quy chế", "Việc tuân thủ"))
    for number, row in enumerate(form.rows, 1):
        sheet.table_row((str(number), row.cells[1], row.cells[7], row.regulation))


def _criteria(sheet: Sheet, form: Form08) -> None:
    sheet.heading("Phụ lục theo Điều 36 khoản 9 và 10: mức độ đáp ứng từng tiêu chí và lộ trình")
    sheet.note("Bốn cột số đếm yêu cầu cơ bản của các đường cơ sở ở cấp độ của hệ thống, theo kết "
               "quả quét và xác nhận. Tiêu chí chỉ được coi là đáp ứng đầy đủ khi mọi yêu cầu đạt "
               "hoặc không áp dụng có căn cứ.")  # fmt: skip
    words = [VERDICTS[status] for status in ("pass", "fail", "not-applicable", "not-evaluated")]
    sheet.table_head(("TT", "Hệ thống thông tin", "Nhóm", "Tiêu chí", *words, "Mức độ đáp ứng",
                      "Lộ trình"))  # fmt: skip
    number = 0
    for row in form.rows:
        for one in row.criteria:
            number += 1
            counts = one.counts
            sheet.table_row(
                (
                    str(number), row.cells[1], one.criterion.side, one.criterion.name,
                    str(counts["pass"]), str(counts["fail"]), str(counts["not-applicable"]),
                    str(one.open), met_cell(form, row.system, one), roadmap_cell(row.system, one),
                )
            )  # fmt: skip


def _checks(sheet: Sheet, found: Sequence[Outcome], more: Sequence[Message]) -> None:
    sheet.heading("Kiểm tra chéo số liệu trong báo cáo")
    sheet.table_head(("TT", "Quy tắc", "Căn cứ", "Kết quả", "Chưa khớp ở"))
    for number, one in enumerate(found, 1):
        cells: tuple[Cell, ...] = (
            str(number), one.rule.text.render("vi"), one.rule.source,
            "Khớp" if one.holds else "CHƯA KHỚP", ", ".join(one.offenders),
        )  # fmt: skip
        sheet.table_row(cells)
    if more:
        sheet.skip()
        sheet.heading("Lưu ý", size=12)
        for message in more:
            sheet.note(f"– {message.render('vi')}", italic=False)


def _missing(sheet: Sheet, form: Form08) -> None:
    sheet.heading("Nội dung chưa có dữ liệu")
    if not form.gaps:
        sheet.note("Không có: mọi ô của biểu mẫu đã được điền.")
        return
    sheet.note(f"Mỗi ô ghi “{NO_DATA}” cần được bổ sung ở nơi nêu dưới đây; công cụ không tự điền.")
    sheet.table_head(("TT", "Nội dung", "Bổ sung ở"))
    for number, gap in enumerate(form.gaps, 1):
        sheet.table_row((str(number), gap.what, gap.where))


def _notes(sheet: Sheet) -> None:
    sheet.heading("What the columns of part 3 mean")
    sheet.table_head(("No.", "Vietnamese", "English"))
    for number, (vietnamese, english) in enumerate(zip(COLUMNS, _ENGLISH, strict=True), 1):
        sheet.table_row((str(number), vietnamese, english))
    sheet.skip()
    sheet.note(
        f"“{NO_DATA}” means: no data. The sheet “Nội dung còn thiếu” says where in the estate to"
        " write what is missing; “Kiểm tra chéo” holds the cross-checks."
    )
