"""Small files whose text itself is judged: banners, at.allow, cron.allow …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import file_text, glob_matches


@dataclass(frozen=True)
class TextFiles:
    """Path → decoded text; a path that is not here does not exist."""

    texts: Mapping[str, str]
    unreadable: frozenset[str] = frozenset()
    """Paths that exist and could not be read: nothing can be said of their text."""
    asked: tuple[str, ...] = ()
    """Globs that were looked for; of other paths nothing is known."""

    def asked_for(self, path: str) -> bool:
        """True if this path's absence means that it does not exist."""
        return any(glob_matches(glob, path) for glob in self.asked)


TEXTS = (
    "/etc/issue",
    "/etc/issue.net",
    "/etc/motd",
    "/etc/cron.allow",
    "/etc/cron.deny",
    "/etc/at.allow",
    "/etc/at.deny",
    "/etc/hosts",
    "/etc/hosts.equiv",
    "/etc/resolv.conf",
    "/etc/shells",
    "/etc/securetty",
    "/etc/profile",
    "/etc/profile.d/*.sh",
    "/etc/bash.bashrc",
    "/etc/adduser.conf",
    "/etc/security/limits.conf",
    "/etc/security/limits.d/*.conf",
    "/etc/security/access.conf",
    "/etc/security/namespace.conf",
    "/etc/security/namespace.d/*.conf",
    "/etc/nsswitch.conf",
    "/etc/exports",
    "/etc/exports.d/*.exports",
    "/etc/vsftpd.conf",
    "/etc/systemd/coredump.conf",
    "/etc/systemd/coredump.conf.d/*.conf",
    "/etc/default/grub",
    "/root/.bashrc",
    "/root/.profile",
    "/root/.bash_profile",
    "/root/.bash_login",
)


def parse(raw: Raw) -> TextFiles | Missing:
    """Every file under TEXTS and under the globs that checks added; bytes decoded as UTF-8."""
    globs = (*TEXTS, *raw.texts)
    texts: dict[str, str] = {}
    unreadable: set[str] = set()
    for path, file in raw.files.items():
        if file.kind in {"file", "link"} and any(glob_matches(glob, path) for glob in globs):
            text = file_text(file)
            if isinstance(text, Missing):
                unreadable.add(path)
            else:
                texts[path] = text
    return TextFiles(texts, frozenset(unreadable), globs)


SOURCE = Source(TextFiles, parse, files=TEXTS)
