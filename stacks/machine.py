"""What every machine of the estate is given: addresses, names, time, logs, a filter, a way in."""

from __future__ import annotations

import re
from pathlib import Path

from govctl.errors import GovctlError
from govctl.estate.model import Estate, Interface, Machine
from govctl.texts import _
from stacks.certificates import FOLDER, ROOT
from stacks.context import Context
from stacks.files import HostFile
from stacks.names import machine_name, service_machines, service_name
from stacks.ruleset import nftables_file
from stacks.templating import Safe, fill, interface
from stacks.topology import topology_of

_TEMPLATES = Path(__file__).parent / "templates"
_SSH_KEY = re.compile(
    r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}( [\w.@+-]+)?"
)
_LEAST_BURST = 65536
"""Bytes; a packet that the kernel has not yet cut to the MTU has to fit in."""


def common_files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files that do not depend on what a machine serves."""
    return [
        *(_network_file(machine, leg, estate) for leg in machine.interfaces),
        *_name_files(machine, estate),
        HostFile(
            "/etc/ssh/authorized_keys/govctl",
            f"{_ssh_key(context.ssh_key)}\n",
        ),
        nftables_file(machine, estate),
        *_trust_files(machine, context),
        *_time_files(machine, estate),
        *_log_files(machine, estate),
    ]


def _fill(template: str, /, **values: object) -> str:
    return fill(_TEMPLATES, template, **values)


def _network_file(machine: Machine, leg: Interface, estate: Estate) -> HostFile:
    routes = [route for route in topology_of(estate).routes(machine) if route.interface == leg.name]
    rate = _rate(machine, leg, estate)
    burst = max(rate // 8 // 100, _LEAST_BURST) if rate else 0
    text = _fill(
        "interface.network.j2",
        leg=leg,
        routes=routes,
        router=machine.is_router,
        rate=rate,
        burst=burst,
    )
    apply = ["networkctl reload"]
    if rate:
        # networkd sets a queue up and never changes one that stands.
        apply.append(
            f"tc qdisc replace dev {interface(leg.name)} root "
            f"tbf rate {rate}bit burst {burst} latency 50ms"
        )
    return HostFile(f"/etc/systemd/network/10-{leg.name}.network", text, apply=tuple(apply))


def _rate(machine: Machine, leg: Interface, estate: Estate) -> int | None:
    """Bits per second that a router may send over its site's link; None where nothing limits it."""
    site = estate.site(machine.site)
    if not machine.is_router or estate.zone(leg.zone).site is not None or not site.links:
        return None
    return max(link.rate for link in site.links)


def _name_files(machine: Machine, estate: Estate) -> list[HostFile]:
    name = machine_name(machine, estate)
    servers = service_machines(estate, "infrastructure", "dns")
    addresses = [*(server.address4 for server in servers), *(server.address6 for server in servers)]
    return [
        HostFile("/etc/hostname", f"{machine.id}\n"),
        HostFile("/etc/hosts", _fill("hosts.j2", name=name, id=machine.id, machine=machine)),
        # The resolver of the C library reads three servers and no more.
        HostFile(
            "/etc/resolv.conf",
            _fill("resolv.conf.j2", domain=estate.domain, servers=addresses[:3]),
        ),
    ]


def _ssh_key(line: str) -> str:
    key = line.strip()
    if not _SSH_KEY.fullmatch(key):
        raise GovctlError(_("{key} is not one public SSH key", key=repr(key[:60])))
    return key


def _trust_files(machine: Machine, context: Context) -> list[HostFile]:
    if machine.role == "infrastructure-ca":
        return []  # It makes the root itself, at its first start, before anybody could give it.
    return [HostFile(ROOT, context.root)]


def _time_files(machine: Machine, estate: Estate) -> list[HostFile]:
    if machine.role == "infrastructure-time":
        return []
    servers = service_machines(estate, "infrastructure", "time")
    text = _fill("chrony.conf.j2", servers=servers)
    return [HostFile("/etc/chrony/chrony.conf", text, apply=("systemctl restart chrony",))]


def _log_files(machine: Machine, estate: Estate) -> list[HostFile]:
    if machine.role == "infrastructure-log":
        return []
    text = _fill(
        "rsyslog-client.conf.j2",
        folder=Safe(FOLDER),
        name=service_name(estate, "infrastructure", "log"),
        servers=service_machines(estate, "infrastructure", "log"),
    )
    path = "/etc/rsyslog.d/60-govctl.conf"
    return [HostFile(path, text, apply=("systemctl restart rsyslog",))]
