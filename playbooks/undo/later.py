"""What a running kernel keeps until the next start, whatever its files say by now."""

from __future__ import annotations

import re
from pathlib import Path

from .running import said

RULES = "/etc/audit/rules.d/"
_MENU = Path("/boot/grub/grub.cfg")
_COMMAND_LINE = Path("/proc/cmdline")
_LINUX = re.compile(r"^\s*linux(?:efi|16)?\s+(\S+)(.*)$", re.MULTILINE)


def waiting(files: list[str]) -> list[str]:
    """What only the next start takes up of the files that were put back: a line for each."""
    found = []
    if any(path.startswith(RULES) for path in files) and audit_is_locked():
        found.append("the audit rules stay until the next start: they are locked")
    surplus = arguments() if str(_MENU) in files else []
    if surplus:
        found.append(f"the kernel's arguments stay until the next start: {' '.join(surplus)}")
    return found


def audit_is_locked() -> bool:
    """True if the kernel refuses other rules (auditctl(8), `-e 2`)."""
    return bool(re.search(r"^enabled 2$", said(["auditctl", "-s"]).stdout, re.MULTILINE))


def arguments(menu: Path = _MENU, command_line: Path = _COMMAND_LINE) -> list[str]:
    """What the running kernel has and GRUB's menu gives it no more; none if it starts another."""
    image, *running = command_line.read_text(encoding="utf-8").split() or [""]
    entries = dict(reversed(_LINUX.findall(menu.read_text(encoding="utf-8", errors="replace"))))
    chosen = entries.get(image.removeprefix("BOOT_IMAGE="))
    return [] if chosen is None else [word for word in running if word not in chosen.split()]
