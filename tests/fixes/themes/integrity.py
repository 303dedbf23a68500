"""AIDE."""

from __future__ import annotations

from tests.fixes.theme import Theme

THEME = Theme(
    "integrity",
    {
        "aide.database": "rm -f /var/lib/aide/aide.db",
        "aide.scheduled": "rm -f /etc/cron.*/*aide*; systemctl -q disable dailyaidecheck.timer",
        "aide.watches": "echo '/usr/sbin/auditctl p' > /etc/aide/aide.conf.d/01_odd",
    },
    packages=("aide", "aide-common", "auditd"),
)
