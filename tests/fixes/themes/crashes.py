"""What is kept of programs that crash."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

THEME = Theme(
    "crashes",
    {
        "coredump.setting": "mkdir -p /etc/systemd/coredump.conf.d\n"
        "printf '[Coredump]\\nStorage=journal\\nProcessSizeMax=2G\\n' > "
        "/etc/systemd/coredump.conf.d/50-odd.conf\n"
        "mkdir -p /usr/lib/systemd/coredump.conf.d\n"
        "cp /etc/systemd/coredump.conf.d/50-odd.conf "
        "/usr/lib/systemd/coredump.conf.d/zz-vendor.conf\n"
        "cp /etc/systemd/coredump.conf.d/50-odd.conf /etc/systemd/coredump.conf.d/zz-odd.conf",
        "limits.hard": "echo '* hard core 0' > /etc/security/limits.d/00-odd.conf\n"
        "printf 'root - core unlimited\\n@games -\\n* hard core 7\\n' > "
        "/etc/security/limits.d/90-odd.conf",
    },
    setup=installed("systemd-coredump"),
)
