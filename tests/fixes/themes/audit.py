"""What the kernel is to record: nothing, and some of it expressly not."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

_NOTHING = """\
rm -f /etc/audit/rules.d/*.rules
echo '-a never,exit -F arch=b64 -S chmod,unlink,mount -F key=quiet' > /etc/audit/rules.d/50.rules
chmod 0640 /etc/audit/rules.d/50.rules"""

_FAMILIES = ("audit.recorded", "audit.program", "audit.privileged", "audit.sudo-log",
             "audit.immutable")  # fmt: skip
_SETUP = "\n".join(
    [
        installed("apparmor", "selinux-basics"),
        "mkdir -p /lib/modules/6.12.0-1-amd64",
        "touch /boot/vmlinuz-6.12.0-1-amd64",
        "echo 'Defaults logfile=/var/log/sudo-odd.log' > /etc/sudoers.d/odd",
    ]
)
_WON = """\
rm -f /etc/audit/rules.d/*.rules
cat > /etc/audit/rules.d/0-odd.rules <<'EOF'
-a never,exit -F arch=b64 -S chmod,unlink,mount -F key=quiet
-a always,exit -S nonsense_call
EOF
cat > /etc/audit/rules.d/zzz-odd.rules <<'EOF'
-A never,exit -F arch=b64 -S adjtimex,unlink,mount
-A never,exit -F arch=b64 -S getpid
-a never,task
-a never,filesystem -F fstype=ext4
-a always,exclude -F msgtype=SYSCALL
-a always,exclude -F msgtype=CWD
-a never,exit -F path=/etc/passwd -F perm=wa
-a never,exit -F dir=/srv/odd -F perm=wa
 -D
-D -k govctl
EOF
echo '-e 0' > /etc/audit/rules.d/zzzz.rules
echo '-e 1' > /etc/audit/rules.d/zz--odd.rules
chmod 0640 /etc/audit/rules.d/*.rules"""

THEMES = (
    Theme("audit", dict.fromkeys(_FAMILIES, _NOTHING), packages=("auditd", "acl"), setup=_SETUP),
    Theme("audit-won", dict.fromkeys(_FAMILIES, _WON), packages=("auditd", "acl"), setup=_SETUP),
)
