"""The files, certificates and probes of every machine, from the estate alone.

What a machine serves is rendered by `stacks/catalogue/<entry>/render.py`, which offers

    files(machine, estate, context) -> list[HostFile]
    certificates(machine, estate) -> list[CertificateSpec]      (optional)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from govctl.errors import GovctlError
from govctl.estate.catalogue import BRIDGE, Catalogue, shipped_catalogue
from govctl.estate.frozen import Text
from govctl.estate.model import Estate, Machine
from govctl.texts import _
from stacks.certificates import CertificateSpec, host_certificate
from stacks.context import Context
from stacks.files import HostFile
from stacks.machine import common_files
from stacks.names import service_name
from stacks.templating import fill_line


@dataclass(frozen=True)
class ServiceProbe:
    """A test of a running service on one machine; exit status 0 means that it works."""

    name: str
    """`<entry>.<probe>`."""
    text: Text
    machine: str
    command: str
    """POSIX sh, for the user `govctl`; `$GOVCTL_MARKER` holds a word of this very run."""
    timeout: int
    """Seconds."""
    then: tuple[str, str] | None = None
    """A machine and the command to run there afterwards, with the same marker."""


def files_for(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """Every file of a machine that govctl makes; none for a machine that exists already."""
    if machine.existing is not None:
        return []
    files = [
        *common_files(machine, estate, context),
        *_entry(machine).files(machine, estate, context),
    ]
    paths = [file.path for file in files]
    assert len(set(paths)) == len(paths), f"{machine.id}: one path, two contents: {paths}"  # noqa: S101
    return files


def certificates_for(machine: Machine, estate: Estate) -> list[CertificateSpec]:
    """The certificates of a machine that govctl makes."""
    if machine.existing is not None:
        return []
    own = getattr(_entry(machine), "certificates", None)
    return list(own(machine, estate)) if own else [host_certificate(machine, estate)]


def probes_for(estate: Estate, catalogue: Catalogue | None = None) -> list[ServiceProbe]:
    """The probes of every service that the estate has, one row for each machine to run it on."""
    known = catalogue or shipped_catalogue()
    used = {system.catalogue for system in estate.systems} | {"network", BRIDGE}
    return [
        ServiceProbe(
            name=f"{entry.id}.{probe.name}",
            text=Text(vi=probe.text.vi, en=probe.text.en),
            machine=machine.id,
            command=_command(probe.run, estate),
            timeout=probe.timeout,
            then=_then(probe.to, probe.then, estate),
        )
        for entry in (known.entries[name] for name in sorted(used) if name in known.entries)
        for probe in entry.probes
        for machine in _machines_of(probe.on, estate)
    ]


def _command(line: str, estate: Estate) -> str:
    def name(entry: str, component: str) -> str:
        return service_name(estate, entry, component)

    return fill_line(line, estate=estate, service=name)


def _then(to: str | None, command: str | None, estate: Estate) -> tuple[str, str] | None:
    if to is None or command is None:
        return None
    return next(_machines_of(to, estate)).id, _command(command, estate)


def _machines_of(reference: str, estate: Estate) -> Iterator[Machine]:
    """The machines that govctl makes for `<entry>.<component>`."""
    role = reference.replace(".", "-", 1)
    return (m for m in estate.machines if m.role == role and m.existing is None)


def _entry(machine: Machine) -> ModuleType:
    entry = machine.role.partition("-")[0]
    try:
        return import_module(f"stacks.catalogue.{entry}.render")
    except ModuleNotFoundError as error:
        message = _("the catalogue has no files for the role {role}", role=machine.role)
        raise GovctlError(message) from error
