"""What routers are given beside what every machine has; their rules are in `stacks.ruleset`."""

from __future__ import annotations

from pathlib import Path

from govctl.estate.model import Estate, Machine
from stacks.context import Context
from stacks.files import HostFile

_HERE = Path(__file__).parent


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `network-router`."""
    return [
        HostFile(
            "/etc/sysctl.d/60-govctl-router.conf",
            (_HERE / "files" / "router.sysctl").read_text(),
            apply=("sysctl --quiet --load /etc/sysctl.d/60-govctl-router.conf",),
        ),
        HostFile(
            "/etc/ulogd.conf",
            (_HERE / "files" / "ulogd.conf").read_text(),
            apply=("systemctl restart ulogd2",),
        ),
    ]
