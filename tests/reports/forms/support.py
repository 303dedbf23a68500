"""A small province whose papers are in order, and runs of it with statuses that a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from govctl.estate.init import create
from govctl.estate.model import Estate
from govctl.estate.papers import Contact, Decision, Dossier
from govctl.evidence.model import Probe, Run, Versions
from govctl.evidence.store import Store
from govctl.pipeline.job import Job, open_job
from govctl.texts import msg
from policies.catalogue import checks
from policies.model import Check, Finding, Status
from policies.profiles import split
from policies.selection import asked_by
from scanners.host import bundle
from tests.reports.examples import changed
from tests.scanners.host.raws import raw

FINISHED = datetime(2026, 11, 22, 4, 43, tzinfo=UTC)
CONTACTS = """\
    contact:
      name: Ủy ban nhân dân tỉnh Phú Thọ
      mandate: Luật Tổ chức chính quyền địa phương số 72/2025/QH15
      head: Trần Văn Đức
      title: Chủ tịch
      address: Đường Nguyễn Tất Thành, phường Việt Trì
      phone: "0210 3846647"
      email: van-thu@phutho.gov.vn
      security unit: so-khcn
"""
OPERATOR = """\
    contact:
      mandate: Quyết định số 15/2025/QĐ-UBND ngày 01/7/2025
      head: Nguyễn Thị Bình
      title: Giám đốc
      address: 1518 đại lộ Hùng Vương, phường Việt Trì
      phone: "0210 3847211"
      email: so-khcn@phutho.gov.vn
"""
DOSSIER = """\
    dossier:
      type: public-service
      information: [public, personal]
      grounds: Điều 13 khoản 2 điểm b, xử lý thủ tục hành chính của tỉnh
      scope: Cung cấp thông tin và thủ tục hành chính của tỉnh
      size: 1 máy chủ web tại trung tâm dữ liệu
      users: Khoảng 1,4 triệu người dân; 148 xã, phường
      data location: Trung tâm dữ liệu của tỉnh
      public addresses: {dmz: [203.0.113.10]}
      linked systems: []
      design: {number: 88/QĐ-SKHCN, date: 2025-12-01, body: Sở Khoa học và Công nghệ}
      status: approved
      level decision: {number: 123/QĐ-UBND, date: 2026-09-30, body: UBND tỉnh Phú Thọ}
      regulation: {number: 45/QĐ-UBND, date: 30/8/2026, body: UBND tỉnh Phú Thọ}
      regulation obeyed: true
      plan: partly
      plan expected: 2027-06-30
      security checks: {before use: 2026-03-01, periodic: 2026-10-20}
      appraiser: Hội đồng thẩm định độc lập
      critical: false
      risks:
        - {risk: Lộ dữ liệu cá nhân, impact: Ảnh hưởng quyền lợi của người dân}
      roadmap:
"""
STEP = "{by: 2027-06-30, what: Hoàn thiện}"
FIELDS = ("policy", "organisation", "staff", "design", "operation", "risk", "end of life",
          "network", "servers", "applications", "data")  # fmt: skip
ROADMAP = "".join(f"        {field}: {STEP}\n" for field in FIELDS)
COMPLETE = DOSSIER + ROADMAP


def written(folder: Path, *, papers: bool = True) -> Path:
    """The estate's folder: a province with two communes, with or without its papers."""
    create(folder, "25", communes=2)
    if papers:
        file = folder / "estate.yaml"
        text = file.read_text(encoding="utf-8")
        for head, addition in {
            '  - province: "25"\n    site: data-centre\n': CONTACTS,
            '    parent: "25"\n': OPERATOR,
            **{f"    catalogue: {name}\n": COMPLETE for name in SYSTEMS},
        }.items():
            assert text.count(head) == 1, head
            text = text.replace(head, head + addition)
        file.write_text(text, encoding="utf-8")
    return folder


SYSTEMS = ("conference", "infrastructure", "portal")


def replaced(folder: Path, old: str, new: str, count: int = 1) -> Path:
    """Change the text of the estate."""
    file = folder / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")
    return folder


def with_dossier(estate: Estate, system: str, **values: object) -> Estate:
    """A copy in which fields of one system's dossier are others; None removes one."""
    systems = []
    for one in estate.systems:
        if one.id == system:
            dossier = (one.dossier or Dossier()).model_copy(update=values)
            systems.append(one.model_copy(update={"dossier": dossier}))
        else:
            systems.append(one)
    return changed(estate, systems=tuple(systems))


def with_contact(estate: Estate, unit: str, **values: object) -> Estate:
    """The same for a unit's contact."""
    units = []
    for one in estate.units:
        if one.id == unit:
            contact = (one.contact or Contact()).model_copy(update=values)
            units.append(one.model_copy(update={"contact": contact}))
        else:
            units.append(one)
    return changed(estate, units=tuple(units))


def paper(number: str, when: date) -> Decision:
    """A signed paper."""
    return Decision(number=number, date=when, body="UBND tỉnh Phú Thọ")


def due(job: Job) -> Mapping[str, Check]:
    """The checks that the estate's baselines ask for."""
    baselines, _profiles = split(job.estate.baselines)
    return {check.id: check for check in asked_by(baselines, checks())}


def run_of(
    job: Job,
    status: Callable[[str, str], Status | None],
    *,
    finished: datetime = FINISHED,
    targets: tuple[str, ...] | None = None,
) -> Run:
    """A run whose findings are as `status(target, check)` says; None leaves one out."""
    asked = targets or tuple(machine.id for machine in job.estate.machines)
    found = [
        Finding(
            target=target, check=check.id, status=said, severity=check.severity,
            reason=msg("{name} is {value}", name=check.id, value=said), evidence=(),
            requirements=(), references=check.references,
        )
        for target in asked
        for check in due(job).values()
        if (said := status(target, check.id)) is not None
    ]  # fmt: skip
    return Run(
        id=f"{finished:%Y%m%dT%H%M%S}.000Z-abcdef",
        estate=job.estate.id,
        estate_digest=job.estate.digest,
        started=finished,
        finished=finished,
        versions=Versions("0.1.0", "c" * 64, {"tcvn14423-2026": "b" * 64}),
        who="officer@admin",
        command=("govctl", "scan", "estate/"),
        language="vi",
        targets=asked,
        probes=(
            Probe("portal", "portal-web-1", msg("the portal answers over TLS"), "pass",
                  msg("{name} is {value}", name="HTTP", value="200")),
        ),
        findings=tuple(found),
    )  # fmt: skip


def kept(folder: Path, status: Callable[[str, str], Status | None]) -> Run:
    """The same, kept in the estate's store with the facts of one machine."""
    job = open_job(folder)
    run = run_of(job, status)
    release = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
    facts = raw({"/etc/os-release": release}, {"system": "kernel=6.1\nhostname=web\n"})
    packed = bundle.dump(bundle.Bundle("portal-web-1", "2026-11-22T04:42:15Z", facts))
    Store(job.workspace.runs).write(run, {"portal-web-1": packed})
    return run
