"""A login at a terminal, and what a session is given."""

from __future__ import annotations

from tests.fixes.theme import Theme

_LOGIN = "/etc/pam.d/login"

THEME = Theme(
    "login",
    {
        "pam.fail-delay": f"sed -i '/pam_faildelay/ s/delay=.*/delay=1000/' {_LOGIN}",
        "pam-failed-logins-shown": f"sed -i '/pam_lastlog/ s/$/ silent/' {_LOGIN}",
        "pam.root-terminals": "printf '%s\\n' tty1 ttyS0 hvc0 vc/1 > /etc/securetty",
        "pam.max-logins": "echo 'alice hard maxlogins 40' > /etc/security/limits.d/alice.conf",
        "accounts.session-umask": "",
        "pam-namespace": "",
        "pam.polyinstantiated": "",
    },
    setup="useradd -m alice; echo 'root:Xq7-long-enough' | chpasswd",
)
