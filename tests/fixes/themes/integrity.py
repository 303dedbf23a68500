"""AIDE."""

from __future__ import annotations

from tests.fixes.theme import Theme

THEME = Theme(
    "integrity",
    {
        "aide.database": "rm -f /var/lib/aide/aide.db",
        "aide.scheduled": "systemctl -q disable dailyaidecheck.timer",
        "aide.watches": "rm -f /etc/aide/aide.conf.d/*govctl",
    },
    packages=("aide", "aide-common", "auditd"),
)
