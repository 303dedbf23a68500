"""Kernel settings for many containers, and which features this kernel has."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from govctl.doctor.host import Host, change
from govctl.doctor.model import OnStep, Prerequisite, State
from govctl.texts import msg

# What LXD's production notes ask for, as least values; defaults run out at about thirty machines.
SETTINGS = {
    "fs.inotify.max_queued_events": 1048576,
    "fs.inotify.max_user_instances": 1048576,
    "fs.inotify.max_user_watches": 1048576,
    "kernel.keys.maxbytes": 2000000,
    "kernel.keys.maxkeys": 20000,
    "vm.max_map_count": 262144,
}
DROP_IN = Path("/etc/sysctl.d/60-govctl.conf")
SUBIDS = ("/etc/subuid", "/etc/subgid")
# One id map of 65,536 for each machine: 302 machines need twenty million.
SUBID_LINE = "root:1000000:1000000000"
SUBID_LEAST = 10_000_000

FEATURES = {
    "nftables": "NF_TABLES",
    "btrfs": "BTRFS_FS",
    "overlayfs": "OVERLAY_FS",
    "TBF": "NET_SCH_TBF",
    "HTB": "NET_SCH_HTB",
    "netem": "NET_SCH_NETEM",
    "802.1q": "VLAN_8021Q",
    "VRF": "NET_VRF",
    "WireGuard": "WIREGUARD",
    "ESP": "INET_ESP",
}


def too_low(current: dict[str, int]) -> dict[str, int]:
    """Settings whose current value is below what is wanted; one that is unknown is left alone."""
    return {
        name: least for name, least in SETTINGS.items() if name in current and current[name] < least
    }


def current_settings(proc: Path = Path("/proc/sys")) -> dict[str, int]:
    """The values now; a setting that this kernel lacks is left out."""
    paths = {name: proc / name.replace(".", "/") for name in SETTINGS}
    return {name: int(path.read_text()) for name, path in paths.items() if path.exists()}


class Settings(Prerequisite):
    """Limits of the kernel that thirty containers reach."""

    id = "kernel.settings"

    def look(self, host: Host) -> State:
        """Which settings are too low."""
        low = too_low(current_settings())
        name = msg("Kernel settings")
        if not low:
            return State(self.id, name, "ok", msg("{count} settings", count=len(SETTINGS)))
        return State(
            self.id,
            name,
            "wrong",
            msg("too low: {names}", names=", ".join(low)),
            msg("sysctl -w {settings}", settings=" ".join(f"{k}={v}" for k, v in low.items())),
            fixable=True,
        )

    def get(self, host: Host, on_step: OnStep) -> None:
        """Set them now, and for the next start where /etc/sysctl.d is read."""
        low = too_low(current_settings())
        on_step(msg("raising kernel settings"))
        change(host, ["sysctl", "-qw", *(f"{k}={v}" for k, v in low.items())], timeout=60)
        if DROP_IN.parent.is_dir():
            lines = "".join(f"{name} = {least}\\n" for name, least in SETTINGS.items())
            change(host, ["sh", "-c", f"printf '{lines}' > {DROP_IN}"], timeout=60)


def subid_count(text: str, owner: str = "root") -> int:
    """The largest range that subuid(5) text gives to an owner."""
    rows = (line.split(":") for line in text.splitlines())
    counts = [int(row[2]) for row in rows if len(row) == 3 and row[0] in (owner, "0")]
    return max(counts, default=0)


class SubordinateIds(Prerequisite):
    """Ids that unprivileged containers map to."""

    id = "kernel.subids"

    def look(self, host: Host) -> State:
        """Whether root has a range of subordinate ids large enough for separate maps."""
        small = [path for path in SUBIDS if self._count(path) < SUBID_LEAST]
        name = msg("Subordinate ids for root")
        if not small:
            count = min(self._count(path) for path in SUBIDS)
            return State(self.id, name, "ok", msg("{count} ids", count=f"{count:,}"))
        remedy = msg("add `{line}` to {files}", line=SUBID_LINE, files=", ".join(small))
        found = msg("too few in {files}", files=", ".join(small))
        return State(self.id, name, "missing", found, remedy, fixable=True)

    def get(self, host: Host, on_step: OnStep) -> None:
        """Add a range to each file that lacks one."""
        on_step(msg("adding subordinate ids for root"))
        for path in SUBIDS:
            if self._count(path) < SUBID_LEAST:
                change(host, ["sh", "-c", f"echo {SUBID_LINE} >> {path}"], timeout=60)

    @staticmethod
    def _count(path: str) -> int:
        file = Path(path)
        return subid_count(file.read_text()) if file.exists() else 0


def kernel_config() -> str | None:
    """The configuration this kernel was built with, if it or the distribution tells."""
    proc = Path("/proc/config.gz")
    if proc.exists():
        return gzip.decompress(proc.read_bytes()).decode()
    boot = Path(f"/boot/config-{os.uname().release}")
    return boot.read_text() if os.access(boot, os.R_OK) else None


def features(config: str) -> dict[str, bool]:
    """Which of `FEATURES` a kernel configuration has, built in or as a module."""
    lines = set(config.splitlines())
    return {
        name: f"CONFIG_{option}=y" in lines or f"CONFIG_{option}=m" in lines
        for name, option in FEATURES.items()
    }


class Features(Prerequisite):
    """What the kernel can do for a network: told, not asked for."""

    id = "kernel.features"

    def look(self, host: Host) -> State:
        """The features this kernel has and lacks."""
        name = msg("Kernel features")
        config = kernel_config()
        if config is None:
            found = msg("unknown: no kernel configuration is readable")
            return State(self.id, name, "information", found)
        has = features(config)
        have = ", ".join(feature for feature, there in has.items() if there)
        lack = ", ".join(feature for feature, there in has.items() if not there)
        found = msg("has {have}; lacks {lack}", have=have or "-", lack=lack or "-")
        return State(self.id, name, "information", found)
