"""The law's own words for what the estate says in short ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from govctl.estate.papers import Approval, Deployment, Information, SystemType
from policies.model import Status

SYSTEM_TYPES: Mapping[SystemType, str] = {
    "internal": "Hệ thống phục vụ hoạt động nội bộ",
    "public-service": "Hệ thống phục vụ người dân, doanh nghiệp",
    "infrastructure": "Hệ thống cơ sở hạ tầng thông tin",
    "industrial-control": "Hệ thống điều khiển công nghiệp",
    "other": "Hệ thống thông tin khác",
}
"""NĐ 331, article 9, clause 2, points a to đ."""

INFORMATION: Mapping[Information, str] = {
    "public": "Thông tin công cộng",
    "private": "Thông tin riêng",
    "personal": "Thông tin cá nhân",
    "state-secret": "Thông tin bí mật nhà nước",
}
"""NĐ 331, article 9, clause 1."""

APPROVAL: Mapping[Approval, str] = {
    "draft": "Đang dự thảo",
    "submitted": "Đã gửi thẩm định",
    "appraised": "Đã thẩm định",
    "approved": "Đã được phê duyệt",
}
"""Form 08, part 3, column 6."""

DEPLOYMENT: Mapping[Deployment, str] = {
    "not-started": "Chưa triển khai",
    "partly": "Đã triển khai một số hạng mục",
    "fully": "Đã triển khai đầy đủ",
}
"""Form 08, part 3, column 10."""

BEFORE_USE = "Trước khi đưa vào sử dụng"
PERIODIC = "Định kỳ"
"""Form 08, part 3, column 12: either word, both, or none."""

FULLY_MET = "Đã đáp ứng đầy đủ"
NOT_FULLY_MET = "Chưa đáp ứng đầy đủ"
"""NĐ 331, article 36, clauses 9 and 10, for each criterion."""

VERDICTS: Mapping[Status, str] = {
    "pass": "Đạt",
    "fail": "Không đạt",
    "not-applicable": "Không áp dụng",
    "not-evaluated": "Chưa đánh giá",
    "unreachable": "Không kết nối được",
}

PROOF: Mapping[str, str] = {
    "host-scan": "kiểm tra trên máy",
    "network-probe": "kiểm tra qua mạng",
    "service-probe": "kiểm tra dịch vụ",
    "iac": "mô hình khai báo",
    "document": "văn bản",
    "periodic-record": "hồ sơ định kỳ",
    "interview": "phỏng vấn",
}
"""The main proof of a requirement, as the baselines name it."""

DEVICES: Mapping[str, str] = {
    "edge": "Bộ định tuyến biên",
    "firewall": "Tường lửa",
    "site-router": "Bộ định tuyến trụ sở",
    "server": "Máy chủ",
    "bridge-point": "Thiết bị điểm cầu",
}

ZONES: Mapping[str, str] = {
    "edge": "Vùng biên",
    "dmz": "Vùng DMZ",
    "app": "Vùng máy chủ nội bộ",
    "db": "Vùng máy chủ cơ sở dữ liệu",
    "admin": "Vùng quản trị",
    "media": "Vùng máy chủ hội nghị truyền hình",
    "log": "Vùng nhật ký tập trung",
    "internal": "Vùng nội bộ",
    "conference": "Vùng điểm cầu",
    "wireless": "Vùng không dây",
    "management": "Vùng quản trị thiết bị hệ thống",
    "wan": "Mạng liên kết các trụ sở",
}
"""Kinds of zones; one that is not here is shown by its own name."""

Side = Literal["quản lý", "kỹ thuật"]


@dataclass(frozen=True)
class Criterion:
    """A criterion of NĐ 331, article 30, that the yearly report answers for each system."""

    area: str
    """The word of the baselines' `area`."""
    name: str
    field: str
    """The field of a dossier's roadmap."""
    side: Side


def _criteria(side: Side, rows: Mapping[str, tuple[str, str]]) -> tuple[Criterion, ...]:
    return tuple(Criterion(area, name, field, side) for area, (field, name) in rows.items())


CRITERIA: tuple[Criterion, ...] = (
    *_criteria(
        "quản lý",
        {
            "chính sách": ("policy", "Chính sách bảo đảm an ninh mạng"),
            "tổ chức": ("organisation", "Tổ chức bảo đảm an ninh mạng"),
            "nhân lực": ("staff", "Bảo đảm nguồn nhân lực"),
            "thiết kế": ("design", "Quản lý thiết kế, xây dựng hệ thống"),
            "vận hành": ("operation", "Quản lý vận hành hệ thống"),
            "rủi ro": ("risk", "Quản lý rủi ro"),
            "kết thúc": ("end_of_life", "Kết thúc vận hành, khai thác, thanh lý, hủy bỏ"),
        },
    ),
    *_criteria(
        "kỹ thuật",
        {
            "mạng": ("network", "Bảo đảm an ninh mạng máy tính"),
            "máy chủ": ("servers", "Bảo đảm an ninh máy chủ"),
            "ứng dụng": ("applications", "Bảo đảm an ninh ứng dụng"),
            "dữ liệu": ("data", "Bảo đảm an ninh dữ liệu"),
        },
    ),
)
"""Seven of management (article 30, clause 3) and four of technique (clause 4); physical protection
is outside them (clause 2)."""

PARTS: Mapping[str, str] = {
    "a": "Thiết kế, xây dựng hệ thống",
    "b": "Vận hành hệ thống",
    "c": "Kiểm tra, đánh giá an ninh mạng",
    "d": "Quản lý rủi ro",
    "đ": "Giám sát an ninh mạng",
    "e": "Dự phòng, ứng cứu sự cố, khôi phục",
    "g": "Kết thúc vận hành, khai thác, thanh lý, hủy bỏ",
}
"""The parts of a security plan (NĐ 331, article 29, clause 2)."""

_PART_OF_GROUP: Mapping[str, str] = {
    "risk": "d",
    "testing": "c",
    "monitoring": "đ",
    "logs": "đ",
    "backup": "e",
    "incidents": "e",
    "recovery": "e",
    "sdlc": "a",
    "network": "a",
}


def part_of(group: str, area: str) -> str:
    """The part of the plan that a requirement belongs to; our mapping, the law gives none."""
    if area == "kết thúc":
        return "g"
    if area == "rủi ro":
        return "d"
    return _PART_OF_GROUP.get(group, "a" if area == "thiết kế" else "b")
