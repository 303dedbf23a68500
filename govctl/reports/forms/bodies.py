"""What the forms say of a body: its name, mandate, head, and where it is reached."""

from __future__ import annotations

from govctl.estate.model import Unit
from govctl.estate.papers import Contact
from govctl.reports.forms.cells import Cell, Gap, unit_path
from govctl.reports.forms.material import FormMaterial, called

MANDATE = "Văn bản quy định chức năng, nhiệm vụ"

Line = tuple[str, Cell]
"""A field's words and what stands there."""


def security_unit(material: FormMaterial, owner: Unit) -> Unit | None:
    """The unit that specialises in cyber security for an owner, if the estate names it."""
    key = owner.contact.security_unit if owner.contact else None
    return material.estate.unit(key) if key else None


def about(unit: Unit) -> tuple[Line, ...]:
    """What form 08 (part 2) and article 22, clause 3, ask of a body."""
    contact = unit.contact or Contact()

    def field(name: str, what: str) -> Cell:
        return getattr(contact, name) or Gap(unit_path(unit.id, name), what)

    return (
        ("Tên cơ quan, đơn vị", called(unit)),
        (MANDATE, field("mandate", MANDATE)),
        ("Người đứng đầu", field("head", "Người đứng đầu")),
        ("Chức vụ", field("title", "Chức vụ")),
        ("Địa chỉ", field("address", "Địa chỉ")),
        ("Số điện thoại", field("phone", "Số điện thoại")),
        ("Thư điện tử", field("email", "Thư điện tử")),
    )


def no_unit(owner: Unit) -> tuple[Line, ...]:
    """The gap where nobody is named."""
    what = "Đơn vị chuyên trách về an ninh mạng"
    return ((what, Gap(unit_path(owner.id, "security_unit"), what)),)
