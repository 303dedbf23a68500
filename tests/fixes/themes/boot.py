"""What the kernel is started with."""

from __future__ import annotations

from tests.fixes.theme import Theme

_WEAK = """\
cat > /etc/default/grub <<'EOF'
GRUB_DEFAULT=0
GRUB_CMDLINE_LINUX_DEFAULT="quiet nopti mitigations=off audit=0 apparmor=0" # by hand
GRUB_CMDLINE_LINUX="slub_debug=F iommu=pt nosmap nosmep systemd.debug_shell=1 l1tf=off"
EOF"""

THEME = Theme(
    "boot",
    {
        "boot.argument": _WEAK,
        "boot.argument-absent": _WEAK,
        "boot.no-recovery": _WEAK,
        "boot.apparmor": _WEAK,
        "modules.ipv6-disabled": _WEAK,
    },
    setup="mkdir -p /boot/grub; touch /boot/vmlinuz-6.1.0-1-amd64; echo > /etc/default/grub",
)
