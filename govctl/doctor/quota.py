"""Whether the pool keeps machines to the size of their disks.

A daemon takes a size for every disk, but on btrfs the kernel holds a machine to it only while the
accounts of its quota groups are right. A large subvolume that is deleted can upset them
(`drop_subtree_threshold`), and from then on nothing is counted until a rescan: btrfs-quota(8).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from govctl.doctor.api import call
from govctl.doctor.flavour import flavour_for
from govctl.doctor.host import Host
from govctl.doctor.lxd import DRIVER, POOL, server
from govctl.doctor.model import Condition, Prerequisite, State
from govctl.errors import MissingPrerequisite
from govctl.texts import Message, msg

Accounts = Literal["right", "off", "inconsistent", "unknown"]
SYSFS = Path("/sys")


def accounts(source: str, sysfs: Path = SYSFS) -> Accounts:
    """What the kernel says of the quota groups of a btrfs on this loop file or device (sysfs).

    Raises OSError where a kernel tells less (before 5.9).
    """
    loops = (
        path.parent.parent.name
        for path in sysfs.glob("block/loop*/loop/backing_file")
        if path.read_text(encoding="utf-8").strip() == source
    )
    device = next(loops, Path(source).name)
    there = next(sysfs.glob(f"fs/btrfs/*/devices/{device}"), None)
    if there is None:
        return "unknown"
    groups = there.parent.parent / "qgroups"
    if not groups.is_dir():
        return "off"
    says = (groups / "inconsistent").read_text(encoding="utf-8").strip()
    return "right" if says == "0" else "inconsistent"


class DiskLimits(Prerequisite):
    """Sizes of disks, as far as the kernel keeps to them."""

    id = "lxd.pool-limits"

    def look(self, host: Host) -> State:
        """Said, and in nobody's way: a machine works without the limit too."""
        flavour = flavour_for(host)
        name = msg("Sizes of machines' disks")
        asked = _asked(host)
        found, remedy = _words(asked, flavour.home / "storage-pools" / POOL)
        condition: Condition = "ok" if asked == "right" else "information"
        return State(self.id, name, condition, found, remedy)


def _asked(host: Host) -> Accounts:
    flavour = flavour_for(host)
    if server(flavour) is None:
        return "unknown"
    try:
        pool = call(flavour, "GET", f"/1.0/storage-pools/{POOL}")
        return accounts(pool["config"]["source"]) if pool["driver"] == DRIVER else "unknown"
    except (MissingPrerequisite, KeyError, OSError):
        return "unknown"


def _words(found: Accounts, mounted: Path) -> tuple[Message, Message | None]:
    if found == "right":
        return msg("kept by the kernel"), None
    if found == "off":
        remedy = msg("btrfs quota enable {path}", path=mounted)
        return msg("not kept: quotas are off, a machine may fill the pool"), remedy
    if found == "inconsistent":
        remedy = msg("btrfs quota rescan -w {path}", path=mounted)
        return msg("not kept: the kernel has lost count, a machine may fill the pool"), remedy
    return msg("not known: nothing here says whether the pool keeps to them"), None
