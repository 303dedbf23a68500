"""What the kernel is to record: nothing, and some of it expressly not."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

_NOTHING = """\
rm -f /etc/audit/rules.d/*.rules
echo '-a never,exit -F arch=b64 -S chmod,unlink,mount -F key=quiet' > /etc/audit/rules.d/50.rules
chmod 0640 /etc/audit/rules.d/50.rules"""

THEME = Theme(
    "audit",
    dict.fromkeys(
        ("audit.recorded", "audit.program", "audit.privileged", "audit.sudo-log",
         "audit.immutable"), _NOTHING,
    ),
    packages=("auditd", "acl"),
    setup="\n".join(
        [
            installed("apparmor", "selinux-basics"),
            "mkdir -p /lib/modules/6.12.0-1-amd64",
            "touch /boot/vmlinuz-6.12.0-1-amd64",
            "echo 'Defaults logfile=/var/log/sudo-odd.log' > /etc/sudoers.d/odd",
        ]
    ),
)  # fmt: skip
