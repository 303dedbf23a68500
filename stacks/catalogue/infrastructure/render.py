"""What the infrastructure's machines serve: names, time, logs, certificates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from govctl.estate.model import Estate, Machine
from stacks.certificates import FOLDER, ROOT
from stacks.context import Context
from stacks.files import HostFile
from stacks.names import machine_name, names_of, parameter, service_name
from stacks.templating import Safe, fill, fqdn, label
from stacks.topology import Network, topology_of
from stacks.units import unit_file, wanted_at_boot

_HERE = Path(__file__).parent
_CA_HOME = "/var/lib/govctl-ca"
_CA_PUBLIC = "/srv/govctl-ca"
_CA_CONFIG = "/etc/govctl-ca.cnf"
_CA_INIT = "/usr/local/sbin/govctl-ca-init"
_LONGEST_LIFE = 825
"""Days; what common clients accept of a server's certificate at most."""


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `infrastructure-…`."""
    serve = {"dns": _dns, "time": _time, "log": _log, "ca": _ca}
    return serve[machine.role.removeprefix("infrastructure-")](machine, estate)


def _fill(template: str, /, **values: object) -> str:
    return fill(_HERE / "templates", template, **values)


def _shipped(name: str) -> str:
    return (_HERE / "files" / name).read_text()


def _dns(machine: Machine, estate: Estate) -> list[HostFile]:
    text = _fill(
        "unbound.conf.j2",
        domain=estate.domain,
        everything=topology_of(estate).everything,
        reverse=[reverse_zone(prefix) for prefix in topology_of(estate).everything],
        forward=list(_forward(estate)),
        backward=_backward(estate),
        kind=lambda address: Safe("A" if address.version == 4 else "AAAA"),
    )
    path = "/etc/unbound/unbound.conf"
    return [HostFile(path, text, apply=("unbound-checkconf", "systemctl restart unbound"))]


def _forward(estate: Estate) -> Iterator[tuple[Safe, IPv4Address | IPv6Address]]:
    """Name and address of every machine and service, and of every leg of a router."""
    for machine in estate.machines:
        for name in names_of(machine, estate):
            yield name, machine.address4
            yield name, machine.address6
        for leg in machine.interfaces[1:]:
            name = fqdn(f"{label(leg.name)}.{machine_name(machine, estate)}")
            yield name, leg.ipv4.ip
            yield name, leg.ipv6.ip


def _backward(estate: Estate) -> list[tuple[IPv4Address | IPv6Address, Safe]]:
    """The name of whoever has an address."""
    return [
        (address, machine_name(machine, estate))
        for machine in estate.machines
        for leg in machine.interfaces
        for address in (leg.ipv4.ip, leg.ipv6.ip)
    ]


def reverse_zone(prefix: Network) -> Safe:
    """The least zone of in-addr.arpa or ip6.arpa that holds a whole prefix."""
    bits = 8 if prefix.version == 4 else 4
    labels = prefix.network_address.reverse_pointer.split(".")
    kept = prefix.prefixlen // bits
    return Safe(".".join(labels[len(labels) - 2 - kept :]) + ".")


def _time(machine: Machine, estate: Estate) -> list[HostFile]:
    text = _fill("chrony-server.conf.j2", everything=topology_of(estate).everything)
    return [HostFile("/etc/chrony/chrony.conf", text, apply=("systemctl restart chrony",))]


def _log(machine: Machine, estate: Estate) -> list[HostFile]:
    restart = ("systemctl restart rsyslog",)
    days = int(parameter(machine, estate, "retention_days"))
    return [
        HostFile(
            "/etc/rsyslog.d/50-govctl.conf",
            _fill("rsyslog-server.conf.j2", folder=Safe(FOLDER), domain=estate.domain),
            apply=restart,
        ),
        HostFile("/etc/govctl-machines.json", _senders(machine, estate), apply=restart),
        HostFile(
            "/etc/tmpfiles.d/govctl-log.conf",
            "# Older than the law asks for is removed, day by day.\n"
            f"d /var/log/hosts 0750 root adm {days}d\n",
            apply=("systemd-tmpfiles --create govctl-log.conf",),
        ),
    ]


def _senders(server: Machine, estate: Estate) -> str:
    """rsyslog's lookup table: the address that sends → the machine."""
    table = [
        {"index": str(address), "value": str(label(machine.id))}
        for machine in estate.machines
        for leg in machine.interfaces
        for address in (leg.ipv4.ip, leg.ipv6.ip)
    ]
    table += [{"index": own, "value": str(label(server.id))} for own in ("127.0.0.1", "::1")]
    content = {"version": 1, "nomatch": "unknown", "type": "string", "table": table}
    return json.dumps(content, indent=1) + "\n"


def _ca(machine: Machine, estate: Estate) -> list[HostFile]:
    settings = {
        "domain": str(fqdn(estate.domain)),
        "organisation": str(label(estate.id)),
        "prefixes": [str(prefix) for prefix in topology_of(estate).everything],
        "home": _CA_HOME,
        "public": _CA_PUBLIC,
        "config": _CA_CONFIG,
        "trust": ROOT,
        "publish": [_CA_INIT],
        "root_days": int(parameter(machine, estate, "root_days")),
        "leaf_days": _LONGEST_LIFE,
        "crl": f"http://{service_name(estate, 'infrastructure', 'ca')}/root.crl",
    }
    nginx = _fill("nginx-ca.conf.j2", public=Safe(_CA_PUBLIC))
    return [
        HostFile("/etc/govctl-ca.json", json.dumps(settings, indent=1) + "\n"),
        HostFile(_CA_CONFIG, _fill("openssl.cnf.j2", home=Safe(_CA_HOME))),
        HostFile(_CA_INIT, _shipped("govctl-ca-init"), 0o755),
        HostFile("/usr/local/sbin/govctl-ca-sign", _shipped("govctl-ca-sign"), 0o755),
        HostFile("/etc/nginx/nginx.conf", nginx, apply=("nginx -t", "systemctl restart nginx")),
        unit_file("govctl-ca.service", _shipped("govctl-ca.service")),
        unit_file("govctl-ca.timer", _shipped("govctl-ca.timer")),
        wanted_at_boot("govctl-ca.service", "govctl-ca.timer"),
    ]
