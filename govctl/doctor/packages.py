"""The system's packages."""

from __future__ import annotations

from collections.abc import Sequence

from govctl.doctor.flavour import Flavour, flavour_for
from govctl.doctor.host import Host, change, run
from govctl.doctor.model import OnStep, Prerequisite, State
from govctl.texts import msg

# btrfs-progs stands before LXD: the daemon looks for storage drivers once, when it starts.
TOOLS = (
    "btrfs-progs",
    "ca-certificates",
    "debian-archive-keyring",
    "dnsmasq-base",
    "iproute2",
    "mmdebstrap",
    "nftables",
    "openssh-client",
    "openssl",
    "procps",
    "squashfs-tools",
    "uidmap",
)
INSTALL_SECONDS = 3600
"""Long, since a dpkg that is stopped half-way leaves work behind."""
_APT = {"DEBIAN_FRONTEND": "noninteractive"}
# A machine that was just started may be updating itself: wait for it, in seconds.
_INSTALL = ("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "install")


def installed(names: tuple[str, ...]) -> frozenset[str]:
    """Which of these Debian packages are installed."""
    done = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    return parse_dpkg_status(done.stdout)


def apt_install(host: Host, names: Sequence[str]) -> None:
    """Install Debian packages from today's lists; `MissingPrerequisite` if that fails."""
    change(host, ["apt-get", "-qq", "update"], timeout=900, env=_APT)
    install = [*_INSTALL, "--no-install-recommends", *names]
    change(host, install, timeout=INSTALL_SECONDS, env=_APT)


def parse_dpkg_status(text: str) -> frozenset[str]:
    """Names whose status is `installed` in `<name> <status>` lines."""
    rows = (line.split() for line in text.splitlines())
    return frozenset(row[0] for row in rows if row[1:] == ["installed"])


class Packages(Prerequisite):
    """Debian packages, and the snap of LXD where Ubuntu has it only so."""

    id = "packages"

    def look(self, host: Host) -> State:
        """Which packages are missing."""
        name = msg("System packages")
        if not host.debian_family:
            return State(
                self.id,
                name,
                "wrong",
                msg("{distribution} is not Debian or Ubuntu", distribution=host.distribution),
                msg("run govctl on Debian 12 or newer, or Ubuntu 22.04 or newer"),
            )
        flavour = flavour_for(host)
        lacking = self._lacking(flavour)
        if not lacking:
            found = msg("{count} packages", count=len(TOOLS) + len(flavour.packages))
            return State(self.id, name, "ok", found)
        return State(
            self.id,
            name,
            "missing",
            msg("not installed: {names}", names=", ".join(lacking)),
            msg("apt-get install --no-install-recommends {names}", names=" ".join(lacking)),
            fixable=True,
        )

    def get(self, host: Host, on_step: OnStep) -> None:
        """Install what is missing."""
        flavour = flavour_for(host)
        lacking = self._lacking(flavour)
        debs = [name for name in lacking if name != flavour.snap]
        if debs:
            on_step(msg("installing packages: {names}", names=" ".join(debs)))
            apt_install(host, debs)
        if flavour.snap in lacking:
            on_step(msg("installing the snap {name}", name=flavour.snap))
            change(host, ["snap", "install", flavour.snap], timeout=INSTALL_SECONDS)

    @staticmethod
    def _lacking(flavour: Flavour) -> list[str]:
        wanted = (*TOOLS, *flavour.packages)
        have = installed(wanted)
        lacking = [name for name in wanted if name not in have]
        if flavour.snap and flavour.socket() is None:
            lacking.append(flavour.snap)
        return lacking
