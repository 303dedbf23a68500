"""Two plain trees of Debian 12, as an administrator would install them: nothing of ours in them."""

from __future__ import annotations

import shutil
from pathlib import Path

from stacks.images.mirror import find_mirror, proxy_environment
from stacks.images.recipe import SUITE
from stacks.images.sealed import beside, inside, run

SECONDS = 1800
SERVER = (
    "acl", "adduser", "aide", "apparmor", "apparmor-utils", "at", "audispd-plugins", "auditd",
    "ca-certificates", "chrony", "cracklib-runtime", "cron", "dbus", "grub2-common", "iproute2",
    "iptables", "kmod", "less", "libpam-modules", "libpam-pwquality", "login", "logrotate", "nano",
    "netbase", "nftables", "openscap-scanner", "openssh-server", "passwd", "perl", "procps",
    "python3-minimal", "rsyslog", "sudo", "systemd-sysv", "udev", "ufw", "wget",
)  # fmt: skip
"""What servers usually have, and the rival's scanner, which runs on the machine that it judges."""
CROWD = (
    "apache2", "autofs", "avahi-daemon", "bind9", "bluez", "cups", "dnsmasq", "dovecot-imapd",
    "ftp", "iptables-persistent", "isc-dhcp-server", "ldap-utils", "nfs-kernel-server", "nginx",
    "nis", "postfix", "rpcbind", "rsh-client", "rsync", "samba", "slapd", "snmpd", "squid", "talk",
    "talkd", "telnet", "telnetd", "tftpd-hpa", "vsftpd", "xinetd",
)  # fmt: skip
"""What servers should not have."""


def server(tree: Path) -> None:
    """A new tree with SERVER; takes about two minutes."""
    packages = f"--include={','.join(SERVER)}"
    lean = [f"--dpkgopt=path-exclude=/usr/share/{kind}/*" for kind in ("man", "doc")]
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=important", "--format=directory"]
    sources = find_mirror().sources()
    run(beside([*command, packages, *lean, SUITE, str(tree), *sources]), timeout=SECONDS,
        env=proxy_environment())  # fmt: skip


def crowded(plain: Path, tree: Path) -> None:
    """A copy of a plain tree with CROWD besides; none of it is started meanwhile."""
    run(beside(["cp", "-a", str(plain), str(tree)]), timeout=SECONDS)
    refusal = tree / "usr/sbin/policy-rc.d"
    refusal.write_text("#!/bin/sh\nexit 101\n")
    refusal.chmod(0o755)
    resolver = tree / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    shutil.copyfile("/etc/resolv.conf", resolver)
    env = {**proxy_environment(), "DEBIAN_FRONTEND": "noninteractive"}
    run(inside(tree, ["apt-get", "update", "-q"]), timeout=SECONDS, env=env)
    install = ["apt-get", "install", "-yq", "--no-install-recommends", *CROWD]
    run(inside(tree, install), timeout=SECONDS, env=env)
    refusal.unlink()
