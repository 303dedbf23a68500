"""Accounts, and how their sessions start and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fixes.theme import Theme

_UMASK = {
    "/etc/profile": "echo 'umask 022 # as usual' >> /etc/profile",
    "/etc/bash.bashrc": "sed -i '/umask/d' /etc/bash.bashrc",
    "/root/.bash_profile": "echo 'umask u=rwx,g=rwx,o=rx' >> /root/.bashrc",
}
_LATE = {
    "/etc/profile": "echo 'if true; then umask 000; fi' > /etc/profile.d/zz-umask.sh",
    "/etc/bash.bashrc": "echo 'umask 002' >> /etc/bash.bashrc",
    "/root/.bash_profile": "echo 'umask 0' >> /root/.bashrc",
}
_DAYS = {"min_days": "chage -m 0 an", "max_days": "chage -M -1 root"}


def _definition(args: Mapping[str, Any]) -> str:
    value = "99999" if "maximum" in args else "0" if "minimum" in args else "wrong"
    key = args.get("key", "UMASK")
    return f"echo '{key} {value}' >> /etc/login.defs; sed -i '1i {key} {value}' /etc/login.defs"


_LOGIND = "/etc/systemd/logind.conf.d"
_PROFILE = """\
printf 'TMOUT=9000\\nreadonly TMOUT\\n' > /etc/profile.d/zz-odd.sh
printf 'unset TMOUT\\ntypeset -i TMOUT=0\\n' >> /etc/bash.bashrc"""

THEMES = (
    Theme(
        "accounts",
        {
            "accounts.definition": _definition,
            "accounts.umask": "sed -i '/^UMASK/d' /etc/login.defs",
            "accounts.inactive-default": "echo INACTIVE=400 >> /etc/default/useradd",
            "accounts.inactive": "chage -I -1 an",
            "accounts.password-age": "chage -M 99999 an",
            "accounts.shadow-days": lambda args: _DAYS[args["field"]],
            "accounts.no-empty-password": "passwd -d binh",
            "accounts.root-controlled": "passwd -d root",
            "accounts.root-locked": "passwd -d root",
            "accounts.shadowed": "sed -i 's/^cu:x:/cu:$6$old$hash:/' /etc/passwd",
            "accounts.shellless-locked": "usermod -p '$6$some$hash' games",
            "accounts.system-shells": "usermod -s /bin/bash news",
            "accounts.shadow-group-empty": "gpasswd -a an shadow",
            "accounts.listed-shells": "echo /usr/sbin/nologin >> /etc/shells",
            "accounts.no-terminals": "printf '# here\\ntty1\\n' > /etc/securetty",
            "accounts.idle-session": "rm -rf /etc/systemd/logind.conf.d",
            "accounts.shell-umask": lambda args: _UMASK[args["files"][0]],
            "files.shell-timeout": "echo 'readonly TMOUT=9000; export TMOUT' >> /etc/profile",
            "root-path-mode": "chmod 0777 /usr/local/sbin",
            "root-path-owner": "chown games /usr/local/bin",
            "directory.name-sources": "sed -i 's/^passwd:.*/passwd: files nis [NOTFOUND=return]/' "
            "/etc/nsswitch.conf",
        },
        setup="""\
useradd -m -s /bin/bash -G sudo -p '$6$some$hash' an
useradd -m -s /bin/bash binh
useradd -m -s /bin/bash cu
""",
    ),
    Theme(  # files that are read after ours
        "accounts-won",
        {
            "accounts.idle-session": f"mkdir -p {_LOGIND}; printf "
            f"'[Login]\\nStopIdleSessionSec=infinity\\n' > {_LOGIND}/zzz-odd.conf",
            "files.shell-timeout": _PROFILE,
            "accounts.shell-umask": lambda args: _LATE[args["files"][0]],
        },
    ),
)
