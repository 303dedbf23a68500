"""What must agree within form 08, each rule with the place in the law that it comes from.

A broken rule is a contradiction that the addressee would send back. A remark is something that the
person who signs should know; it breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from govctl.reports.forms.cells import day
from govctl.reports.forms.material import FormMaterial, papers
from govctl.reports.forms.mau08 import Form08, Row
from govctl.texts import Bilingual, Message

Offenders = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """Something that must hold in the whole form."""

    id: str
    source: str
    """The place in NĐ 331."""
    text: Bilingual
    offenders: Callable[[Form08], Offenders]
    """Systems for which it does not hold."""


@dataclass(frozen=True)
class Outcome:
    """A rule and whom it does not hold for."""

    rule: Rule
    offenders: Offenders

    @property
    def holds(self) -> bool:
        """True if there is nobody."""
        return not self.offenders


def _says(vi: str, en: str) -> Bilingual:
    return Bilingual(en, vi=vi)


def _each(wrong: Callable[[Row], bool]) -> Callable[[Form08], Offenders]:
    return lambda form: tuple(row.system.id for row in form.rows if wrong(row))


def _approved(row: Row) -> bool:
    return row.dossier.status == "approved"


def _on_the_way(row: Row) -> bool:
    """Known not to be approved; of a system without a status a rule of its own complains."""
    return row.dossier.status in ("draft", "submitted", "appraised")


def _uncounted(form: Form08) -> Offenders:
    """Rows that part 1 does not count: a system without a type is in the total alone."""
    if str(len(form.rows)) != form.totals[0][1]:
        return ("Mẫu 08",)
    return tuple(row.system.id for row in form.rows if row.dossier.type is None)


def _signed_later(form: Form08) -> Offenders:
    found = []
    for row in form.rows:
        signed = (row.dossier.level_decision, row.dossier.regulation)
        if any(paper is not None and paper.date > form.period.last for paper in signed):
            found.append(row.system.id)
    return tuple(found)


def _expected_earlier(form: Form08) -> Offenders:
    first = form.period.first
    found = []
    for row in form.rows:
        expected = [] if _approved(row) else [row.dossier.expected_approval]
        expected += [] if row.dossier.plan == "fully" else [row.dossier.plan_expected]
        if any(when is not None and when < first for when in expected):
            found.append(row.system.id)
    return tuple(found)


def _regulation_late(row: Row) -> bool:
    level, regulation = row.dossier.level_decision, row.dossier.regulation
    return bool(level and regulation and regulation.date > level.date)


def _own_judge(form: Form08) -> Offenders:
    unit = form.owner.contact.security_unit if form.owner.contact else None
    return tuple(
        row.system.id
        for row in form.rows
        if unit == row.system.operator and not row.dossier.appraiser
    )


RULES: tuple[Rule, ...] = (
    Rule("rows", "Mẫu 08, phần 1 và 3",
         _says("Tổng số và phân loại ở phần 1 bằng số dòng ở phần 3",
               "the total and the types of part 1 agree with the rows of part 3"),
         _uncounted),
    Rule("status", "Mẫu 08, cột 6",
         _says("Mỗi hệ thống có tình trạng phê duyệt", "every system has an approval status"),
         _each(lambda row: row.dossier.status is None)),
    Rule("approved-decision", "Mẫu 08, cột 6 và 7",
         _says("Đã được phê duyệt thì có quyết định phê duyệt cấp độ",
               "what is approved has a level decision"),
         _each(lambda row: _approved(row) and row.dossier.level_decision is None)),
    Rule("approved-regulation", "Mẫu 08, cột 6 và 8; Điều 30 khoản 7",
         _says("Đã được phê duyệt thì có quyết định ban hành Quy chế",
               "what is approved has a regulation"),
         _each(lambda row: _approved(row) and row.dossier.regulation is None)),
    Rule("expected-approval", "Mẫu 08, cột 6 và 9",
         _says("Chưa được phê duyệt thì có thời gian dự kiến được phê duyệt",
               "what is not approved has an expected date"),
         _each(lambda row: _on_the_way(row) and row.dossier.expected_approval is None)),
    Rule("not-approved-decision", "Mẫu 08, cột 6 và 7",
         _says("Chưa được phê duyệt thì không có quyết định phê duyệt cấp độ",
               "what is not approved has no level decision"),
         _each(lambda row: _on_the_way(row) and row.dossier.level_decision is not None)),
    Rule("expected-plan", "Mẫu 08, cột 10 và 11",
         _says("Chưa triển khai đầy đủ thì có thời gian dự kiến triển khai đầy đủ",
               "what is not deployed in full has an expected date"),
         _each(lambda row: row.dossier.plan != "fully" and row.dossier.plan_expected is None)),
    Rule("regulation-first", "Điều 30 khoản 7",
         _says("Quy chế được ban hành trước khi phê duyệt cấp độ",
               "the regulation was issued before the level was approved"),
         _each(_regulation_late)),
    Rule("signed-in-time", "Điều 35",
         _says("Quyết định được ký không sau ngày cuối của kỳ báo cáo",
               "no decision was signed after the last day of the period"),
         _signed_later),
    Rule("expected-later", "Mẫu 08, cột 9 và 11",
         _says("Thời gian dự kiến không trước kỳ báo cáo",
               "no expected date lies before the period"),
         _expected_earlier),
    Rule("roadmap", "Điều 36 khoản 9 và 10",
         _says("Tiêu chí chưa đáp ứng đầy đủ thì có lộ trình",
               "a criterion that is not fully met has a roadmap"),
         _each(lambda row: any(one.met is False and one.step is None for one in row.criteria))),
    Rule("own-judge", "Điều 18 khoản 4",
         _says("Đơn vị chuyên trách đồng thời vận hành thì có đơn vị hoặc hội đồng khác thẩm định",
               "where the specialised unit also operates, another body appraises"),
         _own_judge),
)  # fmt: skip


def outcomes(form: Form08) -> tuple[Outcome, ...]:
    """Every rule, held against the form."""
    return tuple(Outcome(rule, rule.offenders(form)) for rule in RULES)


def remarks(form: Form08, material: FormMaterial) -> Sequence[Message]:
    """What the person who signs should know beside the rules."""
    return [*about_run(material), *_about_period(form, material), *_about_checks(form)]


def about_run(material: FormMaterial) -> Iterator[Message]:
    """Whether the run says what the estate is today."""
    if material.run is None:
        yield _says("Chưa có lần quét nào; chưa có yêu cầu nào được đánh giá",
                    "there is no run yet: no requirement was judged")  # fmt: skip
    elif not material.run_is_of_this_estate:
        yield _filled("Mô tả hệ thống đã thay đổi sau lần quét {run}",
                      "the estate was changed after run {run}", run=material.run.id)  # fmt: skip


def about_unseen(run: str, machines: Sequence[str]) -> Iterator[Message]:
    """Machines that the run did not look at."""
    if machines:
        yield _filled("Lần quét {run} không có kết quả của: {machines}",
                      "run {run} has no result of: {machines}",
                      run=run, machines=", ".join(machines))  # fmt: skip


def _about_period(form: Form08, material: FormMaterial) -> Iterator[Message]:
    run = material.run
    if run is None:
        return
    when = run.finished.date()
    if not form.period.holds(when):
        yield _filled("Lần quét {run} ngày {day} không thuộc kỳ báo cáo",
                      "run {run} of {day} is not of the reporting period",
                      run=run.id, day=day(when))  # fmt: skip
    yield from about_unseen(run.id, [name for row in form.rows for name in row.unseen])


def _about_checks(form: Form08) -> Iterator[Message]:
    for row in form.rows:
        done = papers(row.system).security_checks
        if done and done.periodic and not form.period.holds(done.periodic):
            yield _filled(
                "{system}: lần kiểm tra định kỳ ngày {day} không thuộc kỳ báo cáo, không được tính",
                "{system}: the periodic check of {day} is not of the period and was not counted",
                system=row.system.id, day=day(done.periodic),
            )  # fmt: skip


def _filled(vi: str, en: str, **values: str) -> Bilingual:
    return Bilingual(en, values, vi=vi)
