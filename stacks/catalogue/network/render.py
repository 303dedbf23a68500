"""What routers are given beside what every machine has; their rules are in `stacks.ruleset`."""

from __future__ import annotations

from pathlib import Path

from govctl.estate.catalogue import shipped_catalogue
from govctl.estate.model import Estate, Machine
from stacks.context import Context
from stacks.files import HostFile

_HERE = Path(__file__).parent


def files(machine: Machine, estate: Estate, context: Context) -> list[HostFile]:
    """The files of a machine of the role `network-router`."""
    return [
        HostFile(
            "/etc/sysctl.d/60-govctl-router.conf",
            _settings(),
            apply=("sysctl --quiet --load /etc/sysctl.d/60-govctl-router.conf",),
        ),
        HostFile(
            "/etc/ulogd.conf",
            (_HERE / "files" / "ulogd.conf").read_text(),
            apply=("systemctl restart ulogd2",),
        ),
    ]


def _settings() -> str:
    """What the entry says of the kernel, for sysctl.d(5)."""
    settings = shipped_catalogue().role("network-router").sysctl
    return "".join(f"{key} = {value}\n" for key, value in settings.items())
