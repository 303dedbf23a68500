"""Mount points of fstab, of a unit, and of systemd itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_UNIT = "[Unit]\\nBefore=local-fs.target\\n[Mount]\\nWhat=tmpfs\\nWhere=/tmp\\nType=tmpfs\\n" \
    "Options=mode=1777,strictatime\\n[Install]\\nWantedBy=local-fs.target\\n"  # fmt: skip


def _options(args: Mapping[str, Any]) -> str:
    path = args["path"]
    if path == "/tmp":
        return f"printf '{_UNIT}' > /etc/systemd/system/tmp.mount; systemctl -q enable tmp.mount"
    line = {"/dev/shm": "tmpfs /dev/shm tmpfs defaults,exec 0 0"}.get(
        path, f"/dev/mapper/d{path.replace('/', '-')}\t{path}  ext4 rw,suid,dev 0 2  # by hand"
    )
    return f"grep -q '[[:blank:]]{path}[[:blank:]]' /etc/fstab || echo '{line}' >> /etc/fstab"


_LATER = (
    "mkdir -p /etc/systemd/system/tmp.mount.d; "
    "printf '[Mount]\\nOptions=mode=1777,exec\\n' > /etc/systemd/system/tmp.mount.d/zzz.conf"
)

THEMES = (
    Theme(
        "mounts",
        {
            "mounts.options": _options,
            "mounts.local": "printf 'UUID=1 /var/lib/odd ext4\\nUUID=2 none swap sw\\n' "
            ">> /etc/fstab",
        },
        setup=": > /etc/fstab",
    ),
    Theme(  # a drop-in that is read after ours
        "mounts-won",
        {"mounts.options": lambda args: f"{_options(args)}; {_LATER}"},
        only=frozenset({"mounts-tmp-nodev", "mounts-tmp-nosuid", "mounts-tmp-noexec"}),
        setup=": > /etc/fstab",
    ),
)
