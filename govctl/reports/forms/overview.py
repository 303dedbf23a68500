"""Part 1 of a level dossier: the overview of a system (NĐ 331, article 22, clause 3)."""

from __future__ import annotations

from collections.abc import Iterator

from govctl.estate.flow import Endpoint, Flow
from govctl.estate.model import Estate, Machine, System, Zone
from govctl.reports.forms.blocks import Block, Heading, Paragraph, Table, fields
from govctl.reports.forms.bodies import about
from govctl.reports.forms.cells import Cell, Gap, Mixed, dossier_path, listed
from govctl.reports.forms.material import FormMaterial, papers
from govctl.reports.forms.standing import Standing
from govctl.reports.forms.words import DEVICES, ZONES

_ENDS = {
    "internet": "Internet",
    "controller": "Máy quản trị",
    "estate": "Mọi máy của mạng",
}


def overview(material: FormMaterial, of: Standing) -> Iterator[Block]:
    """Owner, operator, scope, models, devices, services and zones."""
    estate, system = material.estate, of.system
    yield Heading(1, "Phần 1. Tổng quan về hệ thống thông tin")
    yield Heading(2, "1.1. Chủ quản hệ thống thông tin")
    yield fields(about(estate.unit(system.owner)))
    yield Heading(2, "1.2. Đơn vị vận hành")
    yield fields(about(estate.unit(system.operator)))
    yield Heading(2, "1.3. Phạm vi, quy mô, đối tượng phục vụ")
    yield fields(_scope(of))
    yield Heading(2, "1.4. Mô hình lô-gic")
    yield Paragraph("Các vùng mạng và luồng kết nối được phép; mọi kết nối khác bị chặn theo cả "
                    "hai chiều.")  # fmt: skip
    yield _zones(estate, of)
    yield _flows(material, system)
    yield Heading(2, "1.5. Mô hình vật lý")
    yield _machines(estate, of)
    yield _links(estate, system)
    yield Heading(2, "1.6. Danh mục thiết bị và thiết bị mạng chính")
    yield _devices(material, of)
    yield Heading(2, "1.7. Danh mục ứng dụng, dịch vụ")
    yield _services(material, of)
    yield Heading(2, "1.8. Quy hoạch các vùng mạng và địa chỉ IP")
    yield _addresses(estate, of)


def _scope(of: Standing) -> Iterator[tuple[str, Cell]]:
    system, found = of.system, papers(of.system)
    yield "Tên hệ thống thông tin", system.name.vi
    labels = {
        "scope": "Phạm vi",
        "size": "Quy mô",
        "users": "Đối tượng phục vụ",
        "data_location": "Nơi lưu trữ dữ liệu",
    }
    for field, label in labels.items():
        yield label, getattr(found, field) or Gap(dossier_path(system.id, field), label)
    yield "Số máy chủ và thiết bị", f"{len(of.servers)} máy chủ, {len(of.network)} thiết bị mạng"
    linked = "Hệ thống thông tin có liên kết"
    if found.linked_systems is None:
        yield linked, Gap(dossier_path(system.id, "linked_systems"), linked)
    else:
        yield linked, listed(found.linked_systems)


def zones_of(estate: Estate, of: Standing) -> tuple[Zone, ...]:
    """Zones of the system's site, and those that its devices stand in."""
    known = {leg.zone for machine in of.devices for leg in machine.interfaces}
    return tuple(zone for zone in estate.zones if zone.site == of.system.site or zone.id in known)


def zone_name(zone: Zone) -> str:
    """The zone's kind in the law's words, and its id."""
    return f"{ZONES.get(zone.kind, zone.kind)} ({zone.id})"


def _zones(estate: Estate, of: Standing) -> Table:
    rows = []
    for zone in zones_of(estate, of):
        inside = [m.id for m in of.devices if any(leg.zone == zone.id for leg in m.interfaces)]
        rows.append((zone_name(zone), zone.gateway, listed(inside)))
    return Table(("Vùng mạng", "Thiết bị định tuyến", "Máy chủ, thiết bị của hệ thống"),
                 (35, 25, 40), tuple(rows))  # fmt: skip


def _flows(material: FormMaterial, system: System) -> Table:
    zones = {component.zone for component in system.components}
    rows = tuple(
        (_end(flow.source), _end(flow.destination), _ports(flow), _purpose(material, flow))
        for flow in material.estate.flows
        if flow.system == system.id or zones.intersection(flow.destination.zones)
    )
    return Table(("Từ", "Đến", "Giao thức, cổng", "Mục đích"), (25, 25, 20, 30), rows)


def _end(endpoint: Endpoint) -> str:
    """An end of a flow in words; a component keeps its name."""
    kind, colon, zone = endpoint.ref.partition(":")
    if colon and kind == "zone":
        name = ZONES.get(zone, zone)
        return f"Mọi {name[:1].lower()}{name[1:]}"
    return _ENDS.get(endpoint.ref, endpoint.ref)


def _purpose(material: FormMaterial, flow: Flow) -> str:
    """The estate's own words; of a catalogue's flow, which component it leads to, in Vietnamese."""
    if flow.declared_by == "govctl":
        return "Quản trị từ máy chạy govctl"
    roles = {
        f"{system.id}.{component.id}": component.role
        for system in material.estate.systems
        for component in system.components
    }
    named = material.components.get(roles.get(flow.destination.ref, ""))
    return named.vi if named and flow.declared_by != "estate" else flow.why


def _ports(flow: Flow) -> str:
    spans = [
        str(span.first) if span.first == span.last else f"{span.first}-{span.last}"
        for span in flow.ports
    ]
    return f"{flow.protocol.upper()} {', '.join(spans)}"


def _machines(estate: Estate, of: Standing) -> Table:
    rows = []
    for machine in of.devices:
        legs = [
            f"{leg.name}: {leg.zone}, {leg.ipv4.ip}, {leg.ipv6.ip}" for leg in machine.interfaces
        ]
        rows.append((machine.id, _place(estate, machine), Mixed(tuple(legs))))
    return Table(("Máy", "Nơi đặt", "Kết nối vào vùng mạng (địa chỉ)"), (25, 30, 45), tuple(rows))


def _links(estate: Estate, system: System) -> Table:
    """Ways of the system's site, and of sites that lead to it."""
    rows = [
        (estate.site(site.id).name.vi, _there(estate, link.to), _rate(link.rate), link.path or "")
        for site in estate.sites
        for link in site.links
        if system.site in (site.id, link.to)
    ]
    return Table(("Từ", "Đến", "Băng thông mỗi chiều", "Tuyến vật lý"), (35, 30, 20, 15),
                 tuple(rows))  # fmt: skip


def _there(estate: Estate, name: str) -> str:
    if name == "tslcd":
        return "Mạng truyền số liệu chuyên dùng"
    return next((site.name.vi for site in estate.sites if site.id == name), name)


def _rate(bits: int) -> str:
    if bits % 10**9 == 0:
        return f"{bits // 10**9} Gbit/s"
    return f"{bits / 10**6:g} Mbit/s"


def _place(estate: Estate, machine: Machine) -> str:
    return estate.site(machine.site).name.vi


def _devices(material: FormMaterial, of: Standing) -> Table:
    rows = []
    for machine in of.devices:
        named = material.components.get(machine.role)
        kind = f"{machine.id} ({DEVICES[machine.kind]})"
        purpose = named.vi if named else machine.role
        rows.append((kind, _place(material.estate, machine), purpose))
    return Table(("Tên, loại thiết bị", "Nơi triển khai", "Mục đích sử dụng"), (40, 30, 30),
                 tuple(rows))  # fmt: skip


def _services(material: FormMaterial, of: Standing) -> Table:
    """Each component on each of its servers, with what that server said that it runs."""
    rows: list[tuple[Cell, ...]] = []
    for machine in of.servers:
        named = material.components.get(machine.role)
        seen = material.operating_systems.get(machine.id)
        rows.append(
            (
                named.vi if named else machine.role,
                machine.id,
                _place(material.estate, machine),
                seen or Gap(f"govctl scan: {machine.id}", f"Hệ điều hành của {machine.id}", "scan"),
                of.system.name.vi,
            )
        )
    return Table(("Ứng dụng, dịch vụ", "Máy chủ", "Nơi triển khai", "Hệ điều hành máy chủ",
                  "Mục đích sử dụng"), (25, 20, 20, 20, 15), tuple(rows))  # fmt: skip


def _addresses(estate: Estate, of: Standing) -> Table:
    given = papers(of.system).public_addresses
    rows: list[tuple[Cell, ...]] = []
    for zone in zones_of(estate, of):
        public: Cell = listed((given or {}).get(zone.kind, ()))
        if zone.site != of.system.site:
            public = "không có"
        elif given is None:
            public = Gap(dossier_path(of.system.id, "public_addresses"), "Địa chỉ IP công khai")
        rows.append((zone_name(zone), Mixed(_private(zone)), public))
    return Table(("Vùng mạng", "Địa chỉ IP riêng", "Địa chỉ IP công khai"), (40, 35, 25),
                 tuple(rows))  # fmt: skip


def _private(zone: Zone) -> tuple[str, ...]:
    return tuple(str(prefix) for prefix in (zone.ipv4, zone.ipv6))
