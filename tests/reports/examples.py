"""Estates and runs of any size for the reports' tests: typed, complete, and the same every time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)

from govctl.estate.frozen import Text
from govctl.estate.model import (
    Controller,
    Estate,
    Interface,
    Limits,
    Machine,
    Site,
    System,
    Target,
    Unit,
)
from govctl.evidence.model import Probe, Run, Versions
from govctl.reports.material import Observation
from govctl.texts import msg
from policies.model import SEVERITIES, Check, Finding, Requirement, Status
from policies.requirements import Baseline

STARTED = datetime(2026, 11, 22, 4, 42, 12, 345000, tzinfo=UTC)
COMMUNES = (("07894", "Xã Hy Cương", 21.37, 105.30), ("07900", "Phường Việt Trì", 21.31, 105.40))
SERVERS = ("dns", "time", "log", "ca", "sip", "media", "web")
ROOTS = {"en": "Root cannot log in over SSH", "vi": "Tài khoản root không đăng nhập được qua SSH"}


def machine(number: int, name: str, kind: str, unit: str, system: str | None = None) -> Machine:
    """A machine with one interface whose addresses follow from its number."""
    return Machine.model_validate(
        {
            "id": name,
            "site": f"s-{unit}",
            "unit": unit,
            "system": system,
            "component": None,
            "role": f"{system or 'network'}-{kind}",
            "kind": kind,
            "interfaces": (
                Interface(
                    zone=f"s-{unit}/internal",
                    name="eth0",
                    ipv4=IPv4Interface((int(IPv4Address("10.25.0.0")) + number, 24)),
                    ipv6=IPv6Interface((int(IPv6Address("fd25:25::")) + number, 64)),
                    mac="02:00:00:00:00:01",
                ),
            ),
            "limits": Limits(memory=1 << 28, cpu=1, disk=1 << 32),
        }
    )


def estate(communes: Sequence[tuple[str, str, float, float]] = COMMUNES) -> Estate:
    """A province with a data centre of nine machines, and a router and a room for each commune."""
    name = Text(vi="Tỉnh Phú Thọ", en="Phú Thọ province")
    units = [
        Unit(id="25", name=name, tier="province", parent=None, latitude=21.32, longitude=105.2)
    ]
    agency = Text(vi="Sở Khoa học và Công nghệ", en="Department of Science and Technology")
    units.append(Unit(id="so-khcn", name=agency, tier=None, parent="25"))
    machines = [machine(1, "edge", "edge", "25"), machine(2, "firewall", "firewall", "25")]
    for position, server in enumerate(SERVERS):
        machines.append(machine(10 + position, f"server-{server}-1", "server", "25", "portal"))
    for position, (code, label, latitude, longitude) in enumerate(communes):
        units.append(
            Unit(
                id=code,
                name=Text(vi=label, en=label),
                tier="commune",
                parent="25",
                latitude=latitude,
                longitude=longitude,
            )
        )
        machines.append(machine(256 * (position + 1) + 1, f"r-{code}", "site-router", code))
        machines.append(machine(256 * (position + 1) + 2, f"hall-{code}", "bridge-point", code))
    portal = System(
        id="portal",
        name=Text(vi="Cổng thông tin điện tử", en="Web portal"),
        level=3,
        owner="25",
        operator="so-khcn",
        site="s-25",
        catalogue="portal",
        components=(),
    )
    return Estate(
        id="phu-tho",
        name=name,
        tiers=("province", "commune"),
        register_id=None,
        baselines=("tcvn14423-2026",),
        ipv4=IPv4Network("10.25.0.0/16"),
        ipv6=IPv6Network("fd25:25::/48"),
        domain="phu-tho.internal",
        target=Target(),
        units=tuple(units),
        sites=tuple(_site(unit) for unit in units if unit.tier),
        zones=(),
        systems=(portal,),
        machines=tuple(machines),
        flows=(),
        bridge_points=(),
        controller=Controller(
            zone="s-25/admin",
            ipv4=IPv4Interface("10.25.0.250/24"),
            ipv6=IPv6Interface("fd25:25::fa/64"),
            via4=IPv4Address("10.25.0.1"),
            via6=IPv6Address("fd25:25::1"),
        ),
        digest="e" * 64,
    )


def changed(of: Estate, **values: object) -> Estate:
    """A copy with other values; built anew, since `model_copy` keeps what was looked up already."""
    return Estate.model_validate({name: getattr(of, name) for name in Estate.model_fields} | values)


def checks(number: int = 4) -> Mapping[str, Check]:
    """Rows of checks; the first is about root's login over SSH."""
    rows = [
        Check(
            id="sshd-root-login" if n == 0 else f"check-{n:02d}",
            family="sshd.option",
            args={},
            severity=SEVERITIES[(n + 2) % 4],
            text=ROOTS
            if n == 0
            else {
                "en": f"Setting {n} of the system is what the baseline asks for",
                "vi": f"Thiết lập {n} của hệ thống đúng như yêu cầu của đường cơ sở",
            },
            answers=("acc.default",) if n == 0 else (f"log.row-{n % 7}",),
            references={"ssg": (f"rule_{n}",), "cis": (f"5.1.{n}",)},
            fix=None,
        )
        for n in range(number)
    ]
    return {row.id: row for row in rows}


def baseline() -> Baseline:
    """Rows of level 3: some that checks answer, and some that none does."""
    keys = ["acc.default", *(f"log.row-{n}" for n in range(7)), "phy.entry", "phy.fire"]
    rows = tuple(
        Requirement(
            baseline="tcvn14423-2026",
            level=3,
            key=key,
            clause=f"5.{n}.2.1 a",
            threshold=">=3 months" if n == 2 else "",
            text={"en": f"Requirement {n} in English", "vi": f"Yêu cầu {n} bằng tiếng Việt"},
            group={"acc": "accounts", "log": "logs", "phy": "physical"}[key.split(".")[0]],
        )
        for n, key in enumerate(keys)
    )
    return Baseline("tcvn14423-2026", rows)


def finding(target: str, check: Check, status: Status) -> Finding:
    """A verdict with the words that a family would give it."""
    return Finding(
        target=target,
        check=check.id,
        status=status,
        severity=check.severity,
        reason=msg("{name} is {value}", name="permitrootlogin", value=status),
        evidence=("permitrootlogin yes",) if status in ("pass", "fail") else (),
        requirements=("tcvn14423-2026:5.0.2.1 a",),
        references=check.references,
    )


def run(
    of: Estate,
    rows: Mapping[str, Check],
    silent: Sequence[str] = (),
    left_out: Sequence[str] = (),
    seed: int = 1,
) -> Run:
    """A run in which one check of eight fails; `silent` machines do not answer."""
    dice = random.Random(seed)
    found = []
    targets = [each.id for each in of.machines if each.id not in left_out]
    statuses: tuple[Status, ...] = ("pass",) * 12 + (
        "fail",
        "fail",
        "not-evaluated",
        "not-applicable",
    )
    for target in targets:
        for check in rows.values():
            status = "unreachable" if target in silent else dice.choice(statuses)
            found.append(finding(target, check, status))
    return Run(
        id="20261122T044212.345Z-3f9a1c",
        estate=of.id,
        estate_digest=of.digest,
        started=STARTED,
        finished=STARTED.replace(minute=43),
        versions=Versions("0.1.0", "c" * 64, {"tcvn14423-2026": "b" * 64}),
        who="officer@admin",
        command=("govctl", "scan", "estate/"),
        language="vi",
        targets=tuple(targets),
        probes=(
            Probe(
                "portal.web",
                "server-web-1",
                msg("the portal answers over TLS"),
                "pass",
                msg("{name} is {value}", name="HTTP", value="200"),
                ("HTTP/1.1 200 OK",),
            ),
        ),
        findings=tuple(found),
    )


def observe(_target: str) -> Mapping[str, Observation]:
    """Raw output of one command and one file."""
    options = "\n".join(f"option{n} value{n}" for n in range(60))
    return {
        "sshd": Observation(
            "sshd -T", "2026-11-22T04:42:15Z", f"{options}\npermitrootlogin yes\n{options}", 0
        ),
        "login.defs": Observation("/etc/login.defs", "2026-11-22T04:42:15Z", "UMASK 027\n" * 9),
    }


def _site(unit: Unit) -> Site:
    return Site(
        id=f"s-{unit.id}",
        unit=unit.id,
        kind="commune-office",
        name=Text(vi=f"Trụ sở {unit.name.vi}", en=f"Office of {unit.name.en}"),
        ipv4=IPv4Network("10.25.0.0/24"),
        ipv6=IPv6Network("fd25:25::/64"),
        zones=(),
        links=(),
        without={},
        hub=unit.id == "25",
    )
