"""Why a check has no fix: said in its row, or here once for a whole family."""

from __future__ import annotations

from collections.abc import Mapping

from govctl.texts import Message, msg
from policies.model import NoFix

BY_FAMILY: Mapping[str, NoFix] = {
    "accounts.changed-in-past": "decision",
    "accounts.gid-zero": "decision",
    "accounts.group-zero": "decision",
    "accounts.groups-exist": "decision",
    "accounts.hash-method": "decision",
    "accounts.uid-zero": "decision",
    "accounts.unique": "decision",
    "aide.every-rule": "decision",
    "aide.notifies": "decision",
    "apparmor.profiles": "decision",
    "apt.sources": "decision",
    "boot.password": "decision",
    "choice.installed": "package",
    "choice.off": "decision",
    "choice.single": "decision",
    "dhcp.served": "service",
    "dhcp.taken": "decision",
    "directory.nslcd-encrypted": "service",
    "directory.nslcd-trust": "service",
    "directory.sssd-encrypted": "service",
    "directory.sssd-responder": "service",
    "directory.sssd-verified": "service",
    "filter.closed": "decision",
    "filter.iptables-default": "decision",
    "filter.loopback": "decision",
    "filter.open-ports": "decision",
    "filter.ufw-default": "decision",
    "firewall.default-drop": "decision",
    "ftp.users-named": "decision",
    "hardware.64bit": "image",
    "hardware.disk-entropy": "firmware",
    "hardware.no-radio": "firmware",
    "kernel.build": "kernel",
    "listeners.allowed": "decision",
    "logging.forward": "service",
    "logging.inputs": "service",
    "logging.journal-upload": "service",
    "logging.stream": "service",
    "mail.relay": "service",
    "mounts.separate": "partition",
    "nfs.export-option": "decision",
    "packages.absent": "package",
    "packages.present": "package",
    "pam.asks-for-secret": "decision",
    "pam.central": "service",
    "selinux.policy": "decision",
    "selinux.state": "decision",
    "snmp.communities": "decision",
    "sshd.access": "decision",
    "sshd.gone": "image",
    "sudo.arguments": "decision",
    "sudo.authenticated": "decision",
    "sudo.no-negation": "decision",
    "sudo.no-root": "decision",
    "sudo.tag": "decision",
    "time.authorised": "service",
    "time.sources": "service",
    "time.synchronised": "service",
    "updates.automatic": "decision",
}
"""For rows with `fix: null` that give no reason of their own."""

WORDS: Mapping[NoFix, Message] = {
    "partition": msg("it needs another layout of the disks, or another installation"),
    "package": msg("which packages are here says what the machine is for"),
    "decision": msg("accounts, secrets and contents are for a person to decide"),
    "kernel": msg("it is built into the kernel"),
    "firmware": msg("it is set in the firmware or by the hardware"),
    "image": msg("only a rebuilt image changes it"),
    "service": msg("it needs a service that the estate does not describe"),
}
"""Each reason as a sentence's end: `no fix: …`."""


def reason(family: str, fix: str | None, own: NoFix | None) -> NoFix | None:
    """Why a row has no fix: its own word before its family's; None if it has one or none says."""
    return None if fix is not None else own or BY_FAMILY.get(family)
