"""What the kernel is started with."""

from __future__ import annotations

from tests.fixes.theme import Theme

_WEAK = """\
cat > /etc/default/grub <<'EOF'
GRUB_DEFAULT=0
GRUB_CMDLINE_LINUX_DEFAULT="quiet nopti mitigations=off audit=0 apparmor=0" # by hand
GRUB_CMDLINE_LINUX="slub_debug=F iommu=pt nosmap nosmep systemd.debug_shell=1 l1tf=off"
EOF"""

_WON = """\
cat > /etc/default/grub.d/zzz-odd.cfg <<'EOF'
GRUB_CMDLINE_LINUX="console=ttyS0 mitigations=off"
GRUB_CMDLINE_LINUX_DEFAULT="audit=0"
GRUB_DISABLE_RECOVERY=false
EOF"""
_FAMILIES = ("boot.argument", "boot.argument-absent", "boot.no-recovery", "boot.apparmor",
             "modules.ipv6-disabled")  # fmt: skip
_SETUP = """\
mkdir -p /boot/grub /etc/default/grub.d
touch /boot/vmlinuz-6.1.0-1-amd64
echo > /etc/default/grub"""

THEMES = (
    Theme("boot", dict.fromkeys(_FAMILIES, _WEAK), setup=_SETUP),
    Theme(  # a file that is read after ours, and starts anew
        "boot-won",
        dict.fromkeys(_FAMILIES, _WON),
        setup=_SETUP,
        without=frozenset({"boot-smap", "boot-smep", "boot-debug-shell"}),
    ),
)
