"""systemd units and drop-ins that several services need alike."""

from __future__ import annotations

from stacks.certificates import FOLDER
from stacks.files import HostFile
from stacks.templating import word

_UNITS = "/etc/systemd/system"
_READ_AGAIN = ("systemctl daemon-reload",)


def unit_file(name: str, text: str, *, apply: tuple[str, ...] = ()) -> HostFile:
    """A unit, or a drop-in (`nginx.service.d/govctl.conf`), below /etc/systemd/system."""
    return HostFile(f"{_UNITS}/{name}", text, apply=(*_READ_AGAIN, *apply))


def wanted_at_boot(*units: str) -> HostFile:
    """Starts units that no image enables; one such file a machine."""
    names = " ".join(word(unit) for unit in units)
    return unit_file(
        "multi-user.target.d/govctl.conf",
        f"[Unit]\nWants={names}\n",
        apply=(f"systemctl start {names}",),
    )


def waits_for_certificate(unit: str, certificate: str) -> tuple[list[HostFile], str]:
    """Files that keep a service from starting before its certificate stands, and start it then.

    The second value is the unit that watches; it has to be wanted at boot.
    """
    path = f"{FOLDER}/{word(certificate)}.pem"
    watch = f"govctl-{word(unit).removesuffix('.service')}.path"
    return [
        unit_file(
            f"{unit}.d/govctl.conf",
            f"[Unit]\nConditionPathExists={path}\nStartLimitIntervalSec=0\n\n"
            "[Service]\nRestart=on-failure\nRestartSec=2\n",
        ),
        unit_file(
            watch,
            "[Unit]\n"
            f"Description=Start {unit} when its certificate stands\n\n"
            f"[Path]\nPathExists={path}\nUnit={unit}\n",
        ),
    ], watch
