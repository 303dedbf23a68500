"""Small trees of files, as an image of a Debian would be."""

from __future__ import annotations

from pathlib import Path

STATUS = "Package: openssh-server\nStatus: install ok installed\nVersion: 1:9.2p1-2\n\n"
CHECK = "sshd-root-login"


def tree(folder: Path, option: str) -> Path:
    """An SSH server of Debian, configured."""
    (folder / "etc/ssh").mkdir(parents=True)
    (folder / "etc/ssh/sshd_config").write_text(f"PermitRootLogin {option}\n", encoding="utf-8")
    (folder / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n', encoding="utf-8")
    status = folder / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(STATUS, encoding="utf-8")
    (folder / "usr/sbin").mkdir(parents=True)
    (folder / "usr/sbin/sshd").touch(mode=0o755)
    return folder
