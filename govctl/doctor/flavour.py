"""LXD or Incus, and in which wrapping: they speak the same API on different sockets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from govctl.doctor.host import Host


@dataclass(frozen=True)
class Flavour:
    """One way of having the daemon."""

    kind: str
    """`lxd` or `incus`: what `target.kind` of an estate says."""
    packages: tuple[str, ...]
    snap: str | None
    unit: str
    """What systemd calls it."""
    daemon: tuple[str, ...]
    """How it is started where there is no init system."""
    home: Path
    """Its state: the socket and, in `disks/`, the loop files of pools."""

    def socket(self) -> Path | None:
        """The API's unix socket, if it is there."""
        path = self.home / "unix.socket"
        return path if path.is_socket() else None


LXD = Flavour(
    "lxd",
    ("lxd", "lxd-client"),
    None,
    "lxd.service",
    ("lxd", "--group", "lxd"),
    Path("/var/lib/lxd"),
)
LXD_SNAP = Flavour(
    "lxd",
    ("snapd",),
    "lxd",
    "snap.lxd.daemon.service",
    ("snap", "start", "lxd"),
    Path("/var/snap/lxd/common/lxd"),
)
INCUS = Flavour(
    "incus",
    ("incus", "incus-client"),
    None,
    "incus.service",
    ("incusd", "--group", "incus-admin"),
    Path("/var/lib/incus"),
)
FIRST_DEBIAN_WITH_INCUS = 13


def flavour_for(host: Host) -> Flavour:
    """What runs here already; otherwise what this distribution ships."""
    for flavour in (LXD, LXD_SNAP, INCUS):
        if flavour.socket():
            return flavour
    if host.distribution == "ubuntu" or "ubuntu" in host.like:
        return LXD_SNAP
    if host.distribution == "debian" and 0 < host.version < FIRST_DEBIAN_WITH_INCUS:
        return LXD
    return INCUS
