"""AIDE, with a configuration that is small enough for a test."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

_SETUP = """\
mkdir -p /etc/aide/aide.conf.d /var/lib/aide
cat > /etc/aide/aide.conf <<'EOF'
database_in=file:/var/lib/aide/aide.db
database_out=file:/var/lib/aide/aide.db.new
@@include /etc/aide/aide.conf.d ^[a-zA-Z0-9_-]+$
/etc/ssh p+u+g+sha512
EOF
cd /usr/lib/systemd/system
printf '[Service]\\nExecStart=/bin/true\\n' > dailyaidecheck.service
printf '[Timer]\\nOnCalendar=daily\\n[Install]\\nWantedBy=timers.target\\n' > dailyaidecheck.timer
"""

THEME = Theme(
    "integrity",
    {
        "aide.database": "rm -f /var/lib/aide/aide.db",
        "aide.scheduled": "rm -f /etc/cron.*/*aide*",
        "aide.watches": "echo '/usr/sbin/auditctl p' > /etc/aide/aide.conf.d/01_odd",
    },
    setup="\n".join([installed("aide-common", "auditd"), _SETUP]),
    packages=("aide",),
)
