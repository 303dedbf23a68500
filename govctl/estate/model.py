"""The estate: what should exist, validated, resolved and immutable.

A person writes `estate.yaml` (see `source.py`); `load()` in `loader.py` turns it into this model,
in which nothing is left to look up: site kinds are expanded, addresses are computed, machines are
placed, flows know both their ends. Stacks, scanners, playbooks and reports read only this.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Literal

from pydantic import Field

from govctl.estate.flow import Flow
from govctl.estate.frozen import Frozen, Text
from govctl.estate.papers import Contact, Dossier
from govctl.estate.tailored import Tailoring


class Span(Frozen):
    """A length of time by the calendar."""

    months: int = 0
    days: int = 0


LONGEST_WAIVER = Span(months=12)


class Approver(Frozen):
    """A person who may accept risks in a unit, at its own level and below."""

    name: str
    unit: str


class Unit(Frozen):
    """A unit of government: a province, a commune, a department."""

    id: str
    """The register's code (`"25"`, `"07894"`), or an id of the estate's own (`so-khcn`)."""
    name: Text
    tier: str | None
    """A level of the estate's `tiers`; None for an agency that belongs to its parent's level."""
    parent: str | None
    code: str | None = None
    """The official register's code, where the unit stands in it."""
    kind: str | None = None
    """tỉnh, thành phố, xã, phường, đặc khu …, as the register says."""
    latitude: float | None = None
    longitude: float | None = None
    contact: Contact | None = None
    """Who answers for it, for the law's forms."""


class Zone(Frozen):
    """One network segment of a site; every zone has its own bridge and its own prefix."""

    id: str
    """`<site>/<kind>`, or `wan` for the network between sites."""
    site: str | None
    kind: str
    """edge, dmz, app, db, admin, media, log, internal, conference, wireless, management, wan."""
    ipv4: IPv4Network
    ipv6: IPv6Network
    gateway: str
    """The machine that routes this zone; its addresses here are gateway4 and gateway6."""
    gateway4: IPv4Address
    gateway6: IPv6Address


class Link(Frozen):
    """A site's way to the rest of the estate."""

    to: str
    """The site at the other end."""
    rate: int
    """Bits per second, each way."""
    path: str | None = None
    """A name for the physical way; two links of one path fail together."""


class Site(Frozen):
    """A place with machines, behind a router of its own."""

    id: str
    unit: str
    kind: str
    name: Text
    ipv4: IPv4Network
    """Every zone of the site lies in it."""
    ipv6: IPv6Network
    zones: tuple[str, ...]
    links: tuple[Link, ...]
    without: Mapping[str, str]
    """Zone kinds that a level asks for and this site has no use for, each with the reason."""
    hub: bool = False
    """True for the site that the others' links lead to: it has the edge router and the firewall."""


class Limits(Frozen):
    """What one machine may use at most."""

    memory: int
    """Bytes."""
    cpu: int
    """Whole processors."""
    disk: int
    """Bytes."""
    processes: int = 512


class Interface(Frozen):
    """A machine's leg in one zone."""

    zone: str
    name: str
    """The name inside the machine, at most 15 bytes (`dmz`, `wan`, `eth0`)."""
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    mac: str
    """Computed from estate and machine, locally administered."""


class Existing(Frozen):
    """A machine that govctl did not make: it hardens and scans it, and never changes its being."""

    address: str
    port: int
    user: str
    host_key: str
    """The pinned public key, `ssh-ed25519 AAAA…`."""


class Argument(Frozen):
    """An argument of a check, and what it is."""

    name: str
    value: bool | int | str | tuple[str, ...]


class Need(Frozen):
    """An exception that a component asks for, for what it is there for; every report shows it."""

    check: str
    """The check's id."""
    arguments: tuple[Argument, ...]
    """What the check is judged by instead of its own; none if it is not due at all."""
    why: Text
    whose: str
    """Who needs it: `network.router` of the catalogue, `system portal.web` or `machine gw-1` of the
    estate."""


class Machine(Frozen):
    """A computer of the estate."""

    id: str
    """Unique in the estate and a valid host name (RFC 1123), e.g. `portal-web-1`, `r-07894`."""
    site: str
    unit: str
    system: str | None
    component: str | None
    role: str
    """The catalogue's `<entry>-<component>`; also names the image, e.g. `portal-web`."""
    kind: Literal["edge", "firewall", "site-router", "server", "bridge-point"]
    interfaces: tuple[Interface, ...]
    limits: Limits
    existing: Existing | None = None
    needs: tuple[Need, ...] = ()
    """Its recorded exceptions, at most one for each check."""

    @property
    def is_router(self) -> bool:
        """True if it forwards packets between its interfaces."""
        return self.kind in ("edge", "firewall", "site-router")

    @property
    def address4(self) -> IPv4Address:
        """Where SSH and services answer: the address of the first interface."""
        return self.interfaces[0].ipv4.ip

    @property
    def address6(self) -> IPv6Address:
        """The same over IPv6."""
        return self.interfaces[0].ipv6.ip


class Component(Frozen):
    """A part of a system: so many machines of one role in one zone."""

    id: str
    role: str
    zone: str
    machines: tuple[str, ...]
    parameters: Mapping[str, str]
    """What the estate sets for the catalogue's templates; validated by the entry's patterns."""


class System(Frozen):
    """An information system, graded by the harm that a breach would cause."""

    id: str
    name: Text
    level: int
    """1 to 5 (NĐ 331/2026, articles 11–15)."""
    owner: str
    operator: str
    site: str
    catalogue: str
    components: tuple[Component, ...]
    dossier: Dossier | None = None
    """Its papers, for the law's forms."""

    def component(self, name: str) -> Component:
        """A component by its id; KeyError if there is none."""
        return {component.id: component for component in self.components}[name]


class BridgePoint(Frozen):
    """A room that joins video conferences."""

    id: str
    name: Text
    unit: str
    site: str
    machine: str
    kind: str
    """The driver: `baresip` for now."""
    room: str
    user: str
    """The SIP user part, unique in the estate."""


class Target(Frozen):
    """Where machines are made."""

    kind: Literal["lxd", "incus"] = "lxd"
    url: str | None = None
    """`unix:///path` or `https://host:8443`; None for the local socket, wherever it is."""
    pool: str = "govctl"
    backend: str | None = None
    """Pulumi backend URL; None for files in the estate's own folder."""


class Rollout(Frozen):
    """How changes come to many machines."""

    waves: str = "100%"
    """Up to where each wave goes: `1,5%,25%,100%`; one wave of all if nothing is said."""
    budget: str = "0"
    """How many machines may fail before a run stops: `2`, `5%`."""


class Controller(Frozen):
    """The machine that runs govctl: one address in the administration zone."""

    zone: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    via4: IPv4Address
    via6: IPv6Address


class Estate(Frozen):
    """Everything that should exist."""

    id: str
    name: Text
    tiers: tuple[str, ...]
    register_id: str | None
    """The register's snapshot, e.g. `vn-2025-07-01`."""
    baselines: tuple[str, ...]
    """Baselines (`tcvn14423-2026`) and profiles (`cis-debian12:l1-server`)."""
    values: dict[str, str] = Field(default_factory=dict)
    """What the estate sets for its checks, by the name of a value or a public variable."""
    tailoring: tuple[Tailoring, ...] = ()
    """Changes of the baselines, from the estate down to its units and systems."""
    approvers: tuple[Approver, ...] = ()
    """Who may approve waivers, beside the persons of the units above."""
    longest_waiver: Span = LONGEST_WAIVER
    """How long a waiver may last."""
    rollout: Rollout = Rollout()
    """In which waves `harden`, `up` and `patch` work, unless their options say otherwise."""
    ipv4: IPv4Network
    ipv6: IPv6Network
    domain: str
    """The DNS zone of the machines, e.g. `phu-tho.internal`."""
    target: Target
    units: tuple[Unit, ...]
    sites: tuple[Site, ...]
    zones: tuple[Zone, ...]
    systems: tuple[System, ...]
    machines: tuple[Machine, ...]
    flows: tuple[Flow, ...]
    bridge_points: tuple[BridgePoint, ...]
    controller: Controller
    digest: str
    """SHA-256 of the resolved model without its papers and its rollout: two estates that mean the
    same have the same."""

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    def unit(self, key: str) -> Unit:
        """A unit by id; KeyError if there is none."""
        return self._units[key]

    @cached_property
    def _sites(self) -> dict[str, Site]:
        return {site.id: site for site in self.sites}

    def site(self, key: str) -> Site:
        """A site by id; KeyError if there is none."""
        return self._sites[key]

    @cached_property
    def _zones(self) -> dict[str, Zone]:
        return {zone.id: zone for zone in self.zones}

    def zone(self, key: str) -> Zone:
        """A zone by id; KeyError if there is none."""
        return self._zones[key]

    @cached_property
    def _systems(self) -> dict[str, System]:
        return {system.id: system for system in self.systems}

    def system(self, key: str) -> System:
        """A system by id; KeyError if there is none."""
        return self._systems[key]

    @cached_property
    def _machines(self) -> dict[str, Machine]:
        return {machine.id: machine for machine in self.machines}

    def machine(self, key: str) -> Machine:
        """A machine by id; KeyError if there is none."""
        return self._machines[key]

    @property
    def hub(self) -> Site:
        """The site that the others' links lead to."""
        return next(site for site in self.sites if site.hub)

    def path_of(self, unit: str) -> tuple[str, ...]:
        """Ids from the top of the tree down to this unit."""
        chain: list[str] = []
        here: str | None = unit
        while here is not None:
            chain.append(here)
            here = self.unit(here).parent
        return tuple(reversed(chain))

    def tailoring_of(self, machine: Machine) -> tuple[Tailoring, ...]:
        """The changes of the baselines that count for a machine, from the top down."""
        units = self.path_of(machine.unit)
        return tuple(
            one for one in self.tailoring
            if (one.system is None or one.system == machine.system)
            and (one.unit is None or one.unit in units)
        )  # fmt: skip

    def level_of(self, machine: Machine) -> int:
        """The level whose baseline a machine answers to: its system's, else the highest it serves.

        Routers and bridge points carry every system's traffic, so the highest level counts.
        """
        if machine.system is not None:
            return self.system(machine.system).level
        return max((system.level for system in self.systems), default=1)
