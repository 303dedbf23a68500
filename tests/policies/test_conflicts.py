"""What a machine is there for, against what checks want: found from descriptions alone."""

from __future__ import annotations

import pytest

from govctl.estate.frozen import Text
from govctl.estate.model import Argument, Need
from policies.catalogue import checks
from policies.conflicts import Service, conflicts
from policies.question import questions
from policies.target import TargetContext

CHECKS = {check.id: check for check in checks()}
WEB = Service(packages=("nginx-light",), runs=("nginx.service",))
WHY = Text(vi="Máy chủ web phục vụ trang", en="The web server serves pages")


def said(service: Service, check: str, context: TargetContext | None = None) -> list[str]:
    asked = questions([CHECKS[check]], context or TargetContext())
    return [one.what.render("en") for one in conflicts(service, asked)]


@pytest.mark.parametrize(
    ("service", "check", "what"),
    [
        (WEB, "package-nginx", "installs nginx-light, which must be absent"),
        (WEB, "service-nginx", "runs nginx.service, which must be off"),
        (Service(packages=("nginx-light",)), "service-nginx",
         "installs nginx-light, which must be absent"),
        (Service(runs=("systemd-journal-remote.socket",)), "service-journal-remote",
         "runs systemd-journal-remote.socket, which must be off"),
        (Service(sysctl={"net.ipv4.ip_forward": "1"}), "sysctl-ipv4-forward",
         "sets net.ipv4.ip_forward to 1, which must be 0"),
        (Service(sysctl={"net.ipv4.conf.wan.accept_redirects": "1"}), "sysctl-ipv4-redirects",
         "sets net.ipv4.conf.wan.accept_redirects to 1, which must be 0"),
        (Service(ports=("tcp/443", "tcp/22")), "listeners-allowed",
         "answers on tcp/443 by a flow, which must be closed"),
        (Service(ports=("tcp/20-30",)), "mail-local-only",
         "answers on tcp/20-30 by a flow, which must be closed"),
        (Service(ports=("tcp/6514",)), "logging-no-inputs",
         "answers on tcp/6514 by a flow, which must be closed"),
    ],
)  # fmt: skip
def test_a_conflict_names_what_the_component_does(service: Service, check: str, what: str) -> None:
    assert said(service, check) == [what]


@pytest.mark.parametrize(
    ("service", "check"),
    [
        (Service(packages=("nginx-light",), runs=("kamailio.service",)), "service-nginx"),
        (Service(packages=("unbound",)), "package-nginx"),
        (Service(sysctl={"net.ipv4.ip_forward": "0"}), "sysctl-ipv4-forward"),
        (Service(sysctl={"net.ipv6.conf.all.accept_redirects": "1"}), "sysctl-ipv4-redirects"),
        (Service(ports=("tcp/22",)), "listeners-allowed"),
        (Service(ports=("udp/25", "tcp/443")), "mail-local-only"),
        (WEB, "sshd-root-login"),
    ],
)
def test_what_a_check_lets_be_is_no_conflict(service: Service, check: str) -> None:
    assert said(service, check) == []


def test_a_range_of_ports_is_allowed_only_as_a_whole() -> None:
    service = Service(ports=("udp/30000-39999",))
    part = TargetContext(values={"listeners_allowed": "udp/30000-35000"})
    whole = TargetContext(values={"listeners_allowed": "udp/20000-40000"})
    assert said(service, "listeners-allowed", part)
    assert not said(service, "listeners-allowed", whole)


def test_an_exception_settles_a_conflict() -> None:
    need = Need(check="service-nginx", arguments=(), why=WHY, whose="portal.web")
    assert said(WEB, "service-nginx", TargetContext(needs={need.check: need})) == []


@pytest.mark.parametrize(("value", "settled"), [("1", True), ("2", False)])
def test_another_value_settles_it_only_if_it_is_what_the_component_does(
    value: str, settled: bool
) -> None:
    argument = Argument(name="values", value=(value,))
    need = Need(check="sysctl-ipv4-forward", arguments=(argument,), why=WHY, whose="a.b")
    service = Service(sysctl={"net.ipv4.ip_forward": "1"})
    found = said(service, need.check, TargetContext(needs={need.check: need}))
    assert (not found) is settled
