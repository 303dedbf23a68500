"""Which certificates a machine needs; the keys are made on it and never leave it."""

from __future__ import annotations

from dataclasses import dataclass

from govctl.estate.model import Estate, Machine
from stacks.names import names_of

FOLDER = "/etc/ssl/govctl"
ROOT = f"{FOLDER}/root.pem"


@dataclass(frozen=True)
class CertificateSpec:
    """A certificate `<FOLDER>/<name>.pem` and its key `<FOLDER>/<name>.key`."""

    name: str
    common_name: str
    dns: tuple[str, ...]
    ips: tuple[str, ...]
    owner: str = "root"
    group: str = "root"
    """Who may read the key beside root."""
    restart: tuple[str, ...] = ()
    """Units to restart once the certificate stands or has changed."""

    @property
    def san(self) -> str:
        """`DNS:…,IP:…`, as OpenSSL writes it."""
        names = [f"DNS:{name}" for name in self.dns]
        return ",".join([*names, *(f"IP:{address}" for address in self.ips)])


def certificate(
    machine: Machine,
    estate: Estate,
    name: str,
    *,
    group: str = "root",
    restart: tuple[str, ...] = (),
) -> CertificateSpec:
    """A certificate for all names and addresses of a machine."""
    names = names_of(machine, estate)
    ips = tuple(str(a) for leg in machine.interfaces for a in (leg.ipv4.ip, leg.ipv6.ip))
    return CertificateSpec(name, names[0], names, ips, "root", group, restart)


def host_certificate(
    machine: Machine, estate: Estate, *, restart: tuple[str, ...] = ()
) -> CertificateSpec:
    """The certificate by which a machine signs in at the log server, and serves as root."""
    return certificate(machine, estate, "host", restart=("rsyslog.service", *restart))
