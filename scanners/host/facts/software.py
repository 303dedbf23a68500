"""Packages, units, sockets, mounts: what is installed and what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Packages:
    """dpkg's packages in state `installed`."""

    versions: Mapping[str, str]
    apt: Mapping[str, tuple[str, ...]]
    """`apt-config dump`: key → values in order."""


@dataclass(frozen=True)
class Unit:
    """A systemd unit; the running half is None for a tree of files."""

    name: str
    enabled: str
    """`systemctl is-enabled`: enabled, disabled, masked, static, alias, generated …"""
    active: str | None = None
    sub: str | None = None


@dataclass(frozen=True)
class Units:
    """Every unit file of the host."""

    units: Mapping[str, Unit]
    """By full name, `ssh.service`."""


@dataclass(frozen=True)
class Listener:
    """A listening socket."""

    protocol: str
    """tcp or udp."""
    address: str
    port: int
    process: str | None


@dataclass(frozen=True)
class Listeners:
    """What answers on the network (`ss -Hlntup`)."""

    sockets: tuple[Listener, ...]


@dataclass(frozen=True)
class Mount:
    """A mount point."""

    target: str
    source: str
    type: str
    options: frozenset[str]


@dataclass(frozen=True)
class Mounts:
    """Live mounts and fstab(5)."""

    live: tuple[Mount, ...] | None
    fstab: tuple[Mount, ...]
